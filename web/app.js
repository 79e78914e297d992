// SPDX-License-Identifier: Apache-2.0
import { askToken, paintToken } from "./dialog.js";
import { clock, count, el, keep, span } from "./dom.js";
import { jobState, jobText, jobWords } from "./jobs.js";
import { Panels } from "./panel.js";
import { Store, stateOf } from "./store.js";

const $ = (id) => document.getElementById(id);
const store = new Store();
const panels = new Panels($("panels"), store, chooseCage);
let detail = null; // what looks at one thing comes beside: the panels do not wait for it
const details = Promise.all([import("./detail.js"), import("./actions.js")]).then(([d, a]) => { detail = new d.Detail($("detail"), store, go, new a.Actions(store)); });

function chooseCage({ cage, lane }) {
  const link = lane >= 0 && store.linksOf(cage).find((d) => d.link.ends.some((e) => e.cage === cage && lane >= e.first_lane - 1 && lane < e.first_lane - 1 + e.lanes));
  go(link ? { link: link.link.id, cage } : { cage });
}

function go(to) {
  if (!detail) return details.then(() => go(to));
  detail.show(to);
  location.hash = to.link ? "link=" + encodeURIComponent(to.link) :
    "cage=" + encodeURIComponent(to.cage) + (detail.tab === "overview" ? "" : "&tab=" + detail.tab);
  mark();
  // below the panels on a narrow screen
  if (detail.root.getBoundingClientRect().top > innerHeight / 2) detail.root.scrollIntoView({ block: "start" });
}

function paintHead() {
  const s = store.summary;
  if (!s) return;
  $("fabric").textContent = s.fabric;
  document.title = `${s.fabric}: ${s.up} of ${s.links} up`;
  const jobs = store.jobsOf((j) => !j.over).length;
  $("counts").replaceChildren(...["up", "starting", "down"].map((k) => el("span", { class: "state " + k }, `${s[k]} ${k}`)),
    jobs ? el("span", { class: "state busy" }, count(jobs, "job")) : "");
}

// Changes of links and ends of jobs, the newest first; before them the jobs that go on.
function paintEvents() {
  const line = (at, id, to, state, more) => ({ at, key: [at, id, state, more].join(), make: () => el("li", {}, el("time", {}, clock(at)), el("button", { class: "link", type: "button", onclick: () => go(to) }, id), " ",
    el("span", { class: "state " + state }, state), more) });
  const of = (j) => (j.action === "prbs" ? { link: j.target } : { cage: j.target, tab: "service" });
  const began = store.summary?.started_ms ?? 0, jobs = store.jobsOf(() => true);
  const lines = [...store.events.slice(0, 100).map((e) => line(e.at_ms, e.link, { link: e.link }, e.to, e.cause ? ` (${e.cause})` : "")),
    ...jobs.filter((j) => j.over).map((j) => line(began + 1000 * (j.began_s + j.elapsed_s), j.target, of(j), jobState(j), ` ${jobWords(j)}, took ${span(j.elapsed_s)}${j.error ? ": " + j.error : ""}`))].sort((a, b) => b.at - a.at);
  const busy = jobs.filter((j) => !j.over).map((j) => line(began + 1000 * j.began_s, j.target, of(j), "busy", " " + jobWords(j)));
  keep($("events"), [...busy, ...lines].slice(0, 100).map((l) => [l.key, l.make]));
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
  const d = detail?.chosen?.link && store.links.get(detail.chosen.link), found = matches();
  panels.mark(detail?.chosen?.cage ?? d?.link.ends[0].cage ?? null, found);
  const text = found ? `${found.size} of ${store.cages.size}` : "";
  if ($("found").textContent !== text) $("found").textContent = text;
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
      else if (w === "detail") detail?.paint();
      else panels.paint(w);
    }
    dirty.clear();
  });
}

function concerns(d) {
  const at = detail?.chosen;
  return at && (at.link === d.link?.id || at.cage === d.id || d.link?.ends.some((e) => e.cage === at.cage));
}

store.addEventListener("loaded", () => {
  $("connection").textContent = "live";
  $("connection").className = "";
  panels.build();
  repaint("head", "detail");
  details.then(() => {
    const h = new URLSearchParams(location.hash.slice(1));
    if (!detail.chosen && h.get("link")) detail.show({ link: h.get("link") });
    else if (!detail.chosen && h.get("cage")) detail.show({ cage: h.get("cage"), tab: h.get("tab") });
    mark();
  });
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
// A job is told of in words when its phase is another one.
const phases = new Map();
store.addEventListener("job", ({ detail: j }) => {
  if (phases.get(j.job) !== j.phase) $("told").textContent = jobText(j);
  phases.set(j.job, j.phase);
  repaint("head", "events");
  if (detail?.chosen) repaint("detail");
});
store.addEventListener("past", () => repaint("head", "events", "detail"));
store.addEventListener("summary", () => repaint("head"));
store.addEventListener("event", () => repaint("events"));
store.addEventListener("lost", () => {
  $("connection").textContent = "connection lost; trying again";
  $("connection").className = "lost";
});

store.start(); // what follows is done while the answers are on their way
$("search").addEventListener("input", () => {
  mark();
  if ($("detail").offsetTop > $("panels").offsetTop) scrollTo({ top: 0 }); // on a narrow screen, where what is found can be seen
});
$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
});
if (localStorage.getItem("theme")) document.documentElement.dataset.theme = localStorage.getItem("theme");

$("token").addEventListener("click", () => askToken("Who may change things", ""));
const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  sessionStorage.setItem("token", given);
  history.replaceState(null, "", location.pathname);
}
paintToken();
