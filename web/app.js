// SPDX-License-Identifier: Apache-2.0
import { Detail } from "./detail.js";
import { clock, el, rate } from "./dom.js";
import { Panels } from "./panel.js";
import { Store, act, ask, stateOf } from "./store.js";

const $ = (id) => document.getElementById(id);
const store = new Store();
const panels = new Panels($("panels"), store, chooseCage);
const detail = new Detail($("detail"), store, go, showSplit);
const dialog = $("dialog");

function chooseCage({ cage, lane }) {
  const link = lane >= 0 && store.linksOf(cage).find((d) => d.link.ends.some((e) => e.cage === cage && lane >= e.first_lane - 1 && lane < e.first_lane - 1 + e.lanes));
  go(link ? { link: link.link.id, cage } : { cage });
}

// Everything that can be asked for from the details: another thing to look at, or an action.
async function go(to) {
  if (to.act) {
    await tried(() => act(...to.act));
    return;
  }
  detail.show(to);
  location.hash = to.link ? "link=" + encodeURIComponent(to.link) :
    "cage=" + encodeURIComponent(to.cage) + (detail.tab === "overview" ? "" : "&tab=" + detail.tab);
  mark();
  // below the panels on a narrow screen
  if (detail.root.getBoundingClientRect().top > innerHeight / 2) detail.root.scrollIntoView({ block: "start" });
}

function say(title, body, button) {
  dialog.replaceChildren(el("h2", { id: "dialog-title", tabindex: "-1", autofocus: true }, title), ...body,
    el("div", { class: "row" }, button ?? "", el("button", { type: "button", onclick: () => dialog.close() }, "Close")));
  if (!dialog.open) dialog.showModal();
}

async function tried(f) {
  try {
    await f();
    return true;
  } catch (e) {
    say("That was refused", [el("p", {}, e.message)]);
    return false;
  }
}

function linkList(title, links) {
  return links.length ? [el("h3", {}, title), el("ul", {}, links.map((l) => el("li", {}, `${l.id}, ${rate(l.rate_mbps)}`,
    l.verdict === "up" ? "" : el("span", { class: l.verdict === "down" ? "bad" : "warn" }, ` — ${l.verdict}: ${l.findings.map((f) => f.text).join("; ")}`))))] : [];
}

// What a re-split would do, before it is done.
async function showSplit(cage, mode) {
  let p;
  if (!(await tried(async () => { p = await ask("preview", { cage, mode }); }))) return;
  say(`${cage}: ${p.from} to ${p.to}`, [
    ...linkList("Stay as they are", p.kept), ...linkList("New", p.added), ...linkList("End", p.removed),
    ...(!p.kept.length && !p.added.length ? [el("p", { class: "warn" }, "No link would be left in this cage.")] : []),
    ...p.findings.map((f) => el("div", { class: "finding fatal" }, el("p", {}, f.text), f.remedy ? el("p", {}, el("b", {}, "Do: "), f.remedy) : "")),
    ...(p.plan ? [el("h3", {}, `Written to the module, lanes ${p.plan.changed.join(", ") || "none"} change`),
      el("ol", { class: "steps" }, p.plan.steps.map((s) => el("li", {}, s.text, s.why ? el("span", { class: "evidence" }, " — " + s.why) : "")))] : []),
  ], el("button", { type: "button", class: "act", id: "apply", onclick: async () => {
    dialog.close();
    await tried(() => act("mode", cage, mode));
  } }, "Do it"));
}

function paintHead() {
  const s = store.summary;
  if (!s) return;
  $("fabric").textContent = s.fabric;
  document.title = `${s.fabric}: ${s.up} of ${s.links} up`;
  $("counts").replaceChildren(...["up", "starting", "down"].map((k) => el("span", { class: "state " + k }, `${s[k]} ${k}`)));
}

function paintEvents() {
  $("events").replaceChildren(...store.events.slice(0, 100).map((e) => el("li", {}, el("time", {}, clock(e.at_ms)),
    el("button", { class: "link", type: "button", onclick: () => go({ link: e.link }) }, e.link), " ",
    el("span", { class: "state " + e.to }, e.to), e.cause ? ` (${e.cause})` : "")));
}

// Cages that have what is looked for: in their own words, their links' or their causes'.
function matches() {
  const words = $("search").value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const found = new Set();
  for (const c of store.cages.values()) {
    const text = [c.id, c.form, c.mode, c.module?.part, c.module?.vendor, c.module?.serial,
      ...store.linksOf(c.id).flatMap((d) => [d.link.id, stateOf(d), ...d.why.causes.map((x) => x.cause + " " + x.text)])].join(" ").toLowerCase();
    if (words.every((w) => text.includes(w))) found.add(c.id);
  }
  return found;
}

function mark() {
  const d = detail.chosen?.link && store.links.get(detail.chosen.link);
  panels.mark(detail.chosen?.cage ?? d?.link.ends[0].cage ?? null, matches());
}

// Many changes come together: one repaint for all of them.
const dirty = new Set();
let planned = false;
function repaint(...what) {
  what.forEach((w) => dirty.add(w));
  if (planned) return;
  planned = true;
  requestAnimationFrame(() => {
    planned = false;
    for (const w of dirty) {
      if (w === "head") paintHead();
      else if (w === "events") paintEvents();
      else if (w === "detail") detail.paint();
      else panels.paint(w);
    }
    dirty.clear();
  });
}

function concerns(d) {
  const at = detail.chosen;
  return at && (at.link === d.link?.id || at.cage === d.id || d.link?.ends.some((e) => e.cage === at.cage));
}

store.addEventListener("loaded", () => {
  $("connection").textContent = "live";
  $("connection").className = "";
  panels.build();
  const h = new URLSearchParams(location.hash.slice(1));
  if (!detail.chosen && h.get("link")) detail.show({ link: h.get("link") });
  else if (!detail.chosen && h.get("cage")) detail.show({ cage: h.get("cage"), tab: h.get("tab") });
  mark();
  repaint("head", "events", "detail");
  document.body.dataset.ready = "yes";
});
store.addEventListener("link", ({ detail: d }) => {
  repaint("head", ...d.link.ends.map((e) => e.cage));
  if (concerns(d)) repaint("detail");
  if ($("search").value) mark();
});
store.addEventListener("cage", ({ detail: d }) => {
  repaint(d.id);
  if (concerns(d)) repaint("detail");
});
store.addEventListener("summary", () => repaint("head"));
store.addEventListener("event", () => repaint("events"));
store.addEventListener("lost", () => {
  $("connection").textContent = "connection lost; trying again";
  $("connection").className = "lost";
});

$("search").addEventListener("input", mark);
$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});
if (localStorage.getItem("theme")) document.documentElement.dataset.theme = localStorage.getItem("theme");

// The token stays in this tab alone.
function paintToken() {
  $("token").textContent = sessionStorage.getItem("token") ? "May change things" : "Read only";
}
$("token").addEventListener("click", () => {
  const input = el("input", { type: "password", id: "token-text", autocomplete: "off", size: "40" });
  say("Who may change things", [el("p", {}, "Enter a token from the daemon's file of tokens. It is kept in this tab and forgotten with it."),
    el("form", { class: "row", onsubmit: (e) => {
      e.preventDefault();
      if (input.value) sessionStorage.setItem("token", input.value.trim());
      else sessionStorage.removeItem("token");
      paintToken();
      dialog.close();
    } }, el("label", { for: "token-text" }, "Token"), input, el("button", { class: "act" }, "Use it"))]);
});
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem("token", given);
  history.replaceState(null, "", location.pathname);
}
paintToken();
store.start();
