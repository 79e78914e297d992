// SPDX-License-Identifier: Apache-2.0
// The right side: one cage with its links, or one link end to end with its diagnosis.
import { Charts } from "./charts.js";
import { clock, el, patch, rate, reading, shown, span, titleOf } from "./dom.js";
import { banks, card } from "./jobs.js";
import { Registers } from "./registers.js";
import { stateOf } from "./store.js";

const TABS = { overview: "Overview", charts: "Charts", registers: "Registers", service: "Service" };

function state(d) {
  const s = stateOf(d);
  return el("span", { class: "state " + s }, s === "off" ? "switched off" : s);
}

function causes(d) {
  const seen = d.why.symptoms;
  return d.why.causes.map((c) => el("div", { class: "cause " + d.link.state },
    el("p", {}, el("b", {}, c.text), c.at === d.link.id ? "" : " at " + c.at, c.lanes.length ? `, lane ${c.lanes.join(", ")}` : "", c.weak ? " (low confidence)" : ""),
    c.evidence.map((i) => el("p", { class: "evidence" }, seen[i].at === d.link.id ? seen[i].text : `${seen[i].at}: ${seen[i].text}`)),
    el("p", {}, el("b", {}, "Do: "), c.first),
    c.next && el("p", {}, el("b", {}, "Then: "), c.next),
    c.isolate && el("p", {}, el("b", {}, "Exchange in this order: "), c.isolate.split(" ").join(", "))));
}

const WORST = { fatal: 0, risk: 1, info: 2 };
const TRIED = (f) => f.rule.startsWith("remedy");

function findings(list) {
  return [...list].sort((a, b) => (WORST[a.severity] ?? 3) - (WORST[b.severity] ?? 3)).map((f) => el("div", { class: "finding " + f.severity },
    el("p", {}, el("b", {}, { fatal: "▼ ", risk: "◆ " }[f.severity] ?? "", f.rule), ": " + f.text),
    f.remedy ? el("p", {}, el("b", {}, "Do: "), f.remedy) : "", f.ref ? el("p", { class: "evidence" }, f.ref) : ""));
}

function monitors(c) {
  const rows = Object.entries(c.monitors);
  if (!rows.length) return el("p", { class: "hint" }, "nothing was measured yet");
  const lanes = Math.max(1, ...rows.map(([, m]) => (Array.isArray(m.value) ? m.value.length : 1)));
  return el("table", { class: "measured" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "lane"), Array.from({ length: lanes }, (_, i) => el("th", { class: "number", scope: "col" }, String(i + 1))))),
    el("tbody", {}, rows.map(([name, m]) => el("tr", {}, el("th", { scope: "row" }, titleOf(name) + (shown(m.unit, 1).unit ? ", " + shown(m.unit, 1).unit : "")),
      Array.isArray(m.value) ? m.value.map((v) => reading(name, m, v)) : reading(name, m, m.value)))));
}

// What one lane of a cage measured: a cell with how it stands to its limits.
function at(c, name, lane) {
  const m = c?.monitors[name];
  return m && Array.isArray(m.value) ? reading(name, m, m.value[lane - 1] ?? null) : el("td", { class: "number" }, "–");
}

function loss(from, to, out, there) {
  const a = from?.monitors["tx-power"]?.value?.[out - 1], b = to?.monitors["rx-power"]?.value?.[there - 1];
  return el("td", { class: "number" }, a > 0 && b > 0 ? (10 * Math.log10(a / b)).toFixed(2) : "–");
}

// From the host lane at one end to the host lane at the other, with what is measured on the way.
function lanesTable(d, ends) {
  const [a, b] = ends, light = ends.some((c) => c?.monitors["tx-power"]), trouble = (lane) =>
    d.why.causes.filter((c) => c.lanes.includes(lane) || (!c.lanes.length && d.link.state === "down")).map((c) => c.cause).join(", ");
  const any = d.link.lanes.some((l) => trouble(l.lane)), head = (t, n) => el("th", { scope: "colgroup", colspan: String(n) }, t);
  // a state of its own each lane has only while they differ
  const differ = d.link.ends.some((e, i) => (ends[i]?.lanes ?? []).slice(e.first_lane - 1, e.first_lane - 1 + e.lanes).some((s) => s !== e.dp_state));
  const side = ["host", ...(differ ? ["state"] : []), "media", ...(light ? ["sends", "receives"] : [])];
  const unit = light ? ", dBm" : "";
  const state = (c, lane) => (differ ? el("td", {}, c?.lanes[lane - 1] ?? "–") : []);
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Lanes end to end" }, el("table", { class: "ends" },
    el("thead", {},
      el("tr", {}, el("td", {}), head(d.link.ends[0].cage + unit, side.length), light ? head("loss, dB", 2) : "", head(d.link.ends[1].cage + unit, side.length), any ? el("td", {}) : ""),
      el("tr", {}, ["lane", ...side, ...(light ? ["→", "←"] : []), ...[...side].reverse(), ...(any ? ["trouble"] : [])].map((t) =>
        el("th", { scope: "col", class: ["sends", "receives", "→", "←"].includes(t) ? "number" : "" }, t, t === "→" ? el("span", { class: "away" }, " there") : t === "←" ? el("span", { class: "away" }, " back") : "")))),
    el("tbody", {}, d.link.lanes.map((l) => {
      const half = (c, host, media) => [el("td", {}, String(host)), state(c, host), el("td", {}, String(media)), ...(light ? [at(c, "tx-power", media), at(c, "rx-power", media)] : [])].flat();
      return el("tr", { class: trouble(l.lane) ? "hit" : "" }, el("th", { scope: "row" }, String(l.lane)), half(a, l.a_host_lane, l.a_media_lane),
        light ? [loss(a, b, l.a_media_lane, l.b_media_lane), loss(b, a, l.b_media_lane, l.a_media_lane)] : [],
        half(b, l.b_host_lane, l.b_media_lane).flat().reverse(), any ? el("td", { class: "bad" }, trouble(l.lane)) : "");
    }))));
}

export class Detail {
  constructor(root, store, go, actions) {
    this.root = root;
    this.store = store;
    this.go = go;
    this.actions = actions;
    this.chosen = null;
    this.tab = "overview";
    this.away = new Set(); // jobs that nobody wants to see any more
    this.registers = new Registers(store);
    this.charts = new Charts(store);
  }

  show(chosen) {
    this.chosen = chosen;
    if (chosen.tab in TABS) this.tab = chosen.tab;
    this.paint();
    this.root.scrollTop = 0;
  }

  paint() {
    const at = this.chosen;
    if (!at) return;
    const d = at.link && this.store.links.get(at.link), c = this.store.cages.get(at.cage);
    const focus = document.activeElement?.dataset?.key;
    if (d) patch(this.root, this.link(d));
    else if (c) this.paintCage(c);
    else patch(this.root, [el("p", { class: "hint" }, "It is no more.")]);
    this.root.parentElement.classList.toggle("wide", !!d || (!!c && this.broad));
    if (focus && document.activeElement === document.body) (this.root.querySelector(`[data-key="${focus}"]`) ?? this.root).focus({ preventScroll: true });
  }

  // Charts and registers look after themselves, and want room.
  get broad() {
    return this.tab === "charts" || this.tab === "registers";
  }

  // What looks after itself stays in place; all else is made anew.
  paintCage(c) {
    const shown = `${c.id} ${this.tab}`;
    if (this.tab === "registers") this.registers.show(c.id, `${c.id} ${c.swaps} ${c.module?.serial}`);
    if (this.tab === "charts") this.charts.show(c);
    if (this.broad && this.root.firstChild?.dataset?.shown === shown) return;
    const panel = el("div", { role: "tabpanel", id: "cage-panel", "aria-labelledby": "tab-" + this.tab },
      this.tab === "registers" ? this.registers.root : this.tab === "charts" ? this.charts.root : this.tab === "service" ? this.service(c) : this.cage(c));
    patch(this.root, [el("h2", { "data-shown": shown }, `${c.id} `, el("small", { class: "hint" }, c.form)), this.tabs(), panel]);
  }

  tabs() {
    const names = Object.keys(TABS);
    const turn = (to) => this.go({ cage: this.chosen.cage, tab: to });
    return el("div", { role: "tablist", "aria-label": "Of this cage", onkeydown: (e) => {
      const way = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
      if (!way) return;
      const to = names[(names.indexOf(this.tab) + way + names.length) % names.length];
      turn(to);
      this.root.querySelector("#tab-" + to).focus();
    } }, names.map((t) => el("button", { type: "button", role: "tab", id: "tab-" + t, "data-key": "tab-" + t, "aria-selected": String(t === this.tab),
      "aria-controls": "cage-panel", tabindex: t === this.tab ? "0" : "-1", onclick: () => turn(t) }, TABS[t])));
  }

  linkButton(d) {
    return el("button", { class: "link", type: "button", "data-key": "l" + d.index, onclick: () => this.go({ link: d.link.id }) }, d.link.id);
  }

  cageButton(id) {
    return el("button", { class: "link", type: "button", "data-key": "c" + id, onclick: () => this.go({ cage: id }) }, id);
  }

  link(d) {
    const test = this.store.jobsOf((j) => j.action === "prbs" && j.target === d.link.id && !j.over)[0];
    const now = this.store.summary?.now_s ?? d.since_s, ends = d.link.ends.map((e) => this.store.cages.get(e.cage));
    const tried = d.link.findings.filter(TRIED), found = d.link.findings.filter((f) => !TRIED(f));
    const events = this.store.events.filter((e) => e.link === d.link.id).slice(0, 6);
    return [
      el("h2", {}, d.link.id),
      el("p", { class: "row" }, test ? el("span", { class: "state busy" }, "in test") : state(d), `for ${span(Math.max(0, now - d.since_s))}, ${rate(d.link.rate_mbps)}`, d.link.flaps ? `, went down ${d.link.flaps === 1 ? "once" : d.link.flaps + " times"}` : "",
        el("span", { class: "buttons" },
          test ? "" : el("button", { type: "button", "data-key": "enable", "data-of": d.link.id, onclick: () => this.actions.enable(d) }, d.enabled ? "Switch off…" : "Switch on"),
          test ? "" : el("button", { type: "button", "data-key": "test", "data-of": `${d.link.id} ${d.enabled}`, onclick: () => this.actions.test(d) }, "Test lanes…"))),
      this.cards((j) => !j.over && this.store.concerns(j, d.link.ends.map((e) => e.cage))),
      test ? "" : causes(d),
      test ? "" : this.cards((j) => j.over && j.action === "prbs" && j.target === d.link.id, "prbs"),
      el("h3", {}, "Both ends"),
      el("dl", {}, d.link.ends.flatMap((e, i) => [el("dt", {}, this.cageButton(e.cage)), el("dd", {},
        ends[i]?.module ? `${ends[i].module.vendor} ${ends[i].module.part}, ${ends[i].module.serial}` : ends[i]?.managed === false ? "driven elsewhere" : "no module",
        el("br"), el("span", { class: "hint" }, `host lane${e.lanes > 1 ? "s" : ""} ${e.first_lane}${e.lanes > 1 ? "-" + (e.first_lane + e.lanes - 1) : ""}, ${e.dp_state ?? "no state machine"}${e.reason ? ": " + e.reason : ""}`))])),
      el("h3", {}, "Lanes end to end"), lanesTable(d, ends),
      found.length ? [el("h3", {}, "Findings"), findings(found)] : [],
      tried.length ? [el("h3", {}, "What was tried"), findings(tried)] : [],
      events.length ? [el("h3", {}, "What happened to it"), el("ul", { class: "plain" }, events.map((e) => el("li", {}, el("time", {}, clock(e.at_ms)), " ", el("span", { class: "state " + e.to }, e.to), e.cause ? ` (${e.cause})` : "")))] : [],
    ].flat(3).filter(Boolean);
  }

  // Jobs as cards: what goes on, and of each kind that is `kept` the last that is over. The list is
  // there while it is empty: what comes after it stays in its place.
  cards(wanted, ...kept) {
    const jobs = this.store.jobsOf(wanted), last = kept.map((k) => jobs.find((j) => j.action === k));
    return el("div", {}, jobs.filter((j) => !j.over || (last.includes(j) && !this.away.has(j.job))).map((j) => card(j, this.store, (x) => this.actions.stop(x), (x) => { this.away.add(x.job); this.paint(); })));
  }

  // Reset and firmware of a module.
  service(c) {
    const { actions } = this, id = c.id, own = (j) => j.action !== "prbs" && j.target === id;
    if (!c.module && !this.store.jobsOf((j) => own(j) && !j.over).length) return el("p", { class: "hint" }, c.managed ? "There is no module." : "This module is not driven by this daemon.");
    const known = this.store.jobsOf((j) => own(j) && j.banks?.length)[0], file = () => this.root.querySelector("#image").value.trim();
    const button = (key, word, run) => el("button", { type: "button", "data-key": key, "data-of": id, onclick: run }, word);
    const verb = (v, word, named) => button(v, word, () => actions.firmware(id, v, named ? file() : undefined));
    return [
      this.cards((j) => !j.over && j.action === "prbs" && this.store.concerns(j, [id])),
      el("h3", {}, "Reset"),
      el("p", { class: "row" }, button("reset", "Reset the module…", () => actions.reset(id)), el("span", { class: "hint" }, "Its links go down and come up again; those of other modules go on.")),
      this.cards((j) => own(j) && j.action === "reset", "reset"),
      el("h3", {}, "Firmware"),
      this.cards((j) => own(j) && j.action === "firmware" && !(j.over && j.ok && j.value === "show"), "firmware"),
      el("div", {}, known ? banks(known) : el("p", { class: "hint" }, "The module was not asked yet which images it holds.")),
      el("p", { class: "row" }, button("show", known ? "Ask again" : "Ask the module", () => actions.look(id)),
        verb("run", "Run the other…"), verb("run hitless", "Run it without a restart…"), verb("commit", "Commit…"), verb("abort", "Give up a download…")),
      el("div", { class: "row" }, el("label", { for: "image" }, "New image"), el("input", { id: "image", "data-key": "image", "data-of": id, placeholder: "name of a file", autocomplete: "off", spellcheck: "false", "aria-describedby": "image-where" }),
        verb("download", "Download…", true), verb("update", "Download, run, commit…", true)),
      el("p", { class: "hint", id: "image-where" }, "of the folder that the daemon's configuration names (firmware: folder:)"),
    ].flat(3).filter(Boolean);
  }

  cage(c) {
    const m = c.module, links = this.store.linksOf(c.id);
    // what somebody chose outlives a repaint, until the mode changes
    const picked = this.pick?.cage === c.id && this.pick.from === c.mode ? this.pick.mode : c.mode;
    const select = el("select", { id: "mode", "data-key": "mode", "data-of": `${c.id} ${c.mode}`, onchange: (e) => { this.pick = { cage: c.id, from: c.mode, mode: e.target.value }; } },
      [...new Set([c.mode, ...c.modes])].map((t) => el("option", { value: t, selected: t === picked }, t)));
    return [
      m ? el("dl", {}, [["Module", `${m.vendor} ${m.part}`], ["Serial", m.serial], ["Firmware", m.firmware], ["Memory map", m.map], ["Power", m.max_power_w && m.max_power_w + " W"], ["State", c.phase]]
        .filter(([, v]) => v).flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)]))
        : el("p", { class: "hint" }, c.managed ? "no module" : "not driven by this daemon"),
      el("div", { class: "row" }, el("label", { for: "mode" }, "Mode"), select,
        el("button", { type: "button", "data-key": "split", onclick: () => this.actions.split(this.chosen.cage, this.root.querySelector("#mode").value) }, "What would change?")),
      this.cards((j) => !j.over && this.store.concerns(j, [c.id])),
      findings(c.findings),
      el("h3", {}, "Links"),
      links.length ? el("table", {}, el("tbody", {}, links.map((d) => el("tr", {}, el("td", {}, this.linkButton(d)), el("td", {}, rate(d.link.rate_mbps)), el("td", {}, state(d)))))) : el("p", { class: "hint" }, "none"),
      m && el("h3", {}, "Measured"), m && el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Readings by lane" }, monitors(c)),
    ].flat(3).filter(Boolean);
  }
}
