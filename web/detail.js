// SPDX-License-Identifier: Apache-2.0
// The right side: one cage with its links, or one link end to end with its diagnosis.
import { chart } from "./chart.js";
import { el, rate, shown, span } from "./dom.js";
import { stateOf } from "./store.js";

function state(d) {
  const s = stateOf(d);
  return el("span", { class: "state " + s }, s === "off" ? "switched off" : s);
}

function causes(d) {
  const seen = d.why.symptoms;
  return d.why.causes.map((c) => el("div", { class: "cause " + d.link.state },
    el("p", {}, el("b", {}, c.text), " at " + c.at, c.lanes.length ? `, lane ${c.lanes.join(", ")}` : "", c.weak ? " (low confidence)" : ""),
    c.evidence.map((i) => el("p", { class: "evidence" }, `seen at ${seen[i].at}: ${seen[i].text}`)),
    el("p", {}, el("b", {}, "Do: "), c.first),
    c.next && el("p", {}, el("b", {}, "Then: "), c.next),
    c.isolate && el("p", {}, el("b", {}, "Exchange in this order: "), c.isolate.split(" ").join(", "))));
}

function findings(list) {
  return list.map((f) => el("p", { class: "finding" },
    el("span", { class: f.severity === "fatal" ? "bad" : f.severity === "risk" ? "warn" : "" }, f.rule), ": " + f.text,
    f.remedy ? el("span", { class: "evidence" }, " — " + f.remedy) : ""));
}

function lanesTable(d) {
  const [a, b] = d.link.ends;
  return el("table", {}, el("thead", {}, el("tr", {}, ["lane", `${a.cage} host`, "media", "media", `${b.cage} host`].map((t) => el("th", { scope: "col" }, t)))),
    el("tbody", {}, d.link.lanes.map((l) => el("tr", {},
      [l.lane, l.a_host_lane, l.a_media_lane, l.b_media_lane, l.b_host_lane].map((v) => el("td", {}, String(v)))))));
}

// A value with how it stands to its limits, in words too.
function reading(m, v) {
  const s = shown(m.unit, v);
  if (s.value === null) return el("td", { class: "number" }, "–");
  const l = m.limits;
  const bad = l && (v > l.high_alarm || v < l.low_alarm), warn = l && !bad && (v > l.high_warning || v < l.low_warning);
  return el("td", { class: "number " + (bad ? "bad" : warn ? "warn" : "") }, s.value.toFixed(2), bad ? " alarm" : warn ? " warning" : "");
}

function monitors(c) {
  const rows = Object.entries(c.monitors);
  if (!rows.length) return el("p", { class: "hint" }, "nothing was measured yet");
  const lanes = Math.max(1, ...rows.map(([, m]) => (Array.isArray(m.value) ? m.value.length : 1)));
  return el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "lane"), Array.from({ length: lanes }, (_, i) => el("th", { class: "number", scope: "col" }, String(i + 1))))),
    el("tbody", {}, rows.map(([name, m]) => el("tr", {}, el("th", { scope: "row" }, `${name}, ${shown(m.unit, 1).unit}`),
      Array.isArray(m.value) ? m.value.map((v) => reading(m, v)) : reading(m, m.value)))));
}

export class Detail {
  constructor(root, store, go, split) {
    this.root = root;
    this.store = store;
    this.go = go;
    this.split = split;
    this.chosen = null;
  }

  show(chosen) {
    this.chosen = chosen;
    this.paint();
    this.root.scrollTop = 0;
  }

  paint() {
    const at = this.chosen;
    if (!at) return;
    const d = at.link && this.store.links.get(at.link), c = this.store.cages.get(at.cage);
    const busy = this.root.contains(document.activeElement) && document.activeElement.tagName === "SELECT";
    if (busy) return; // somebody is choosing
    const focus = document.activeElement?.dataset?.key;
    if (d) this.root.replaceChildren(...this.link(d));
    else if (c) this.root.replaceChildren(...this.cage(c));
    else this.root.replaceChildren(el("p", { class: "hint" }, "It is no more."));
    if (focus) this.root.querySelector(`[data-key="${focus}"]`)?.focus();
  }

  linkButton(d) {
    return el("button", { class: "link", type: "button", "data-key": "l" + d.index, onclick: () => this.go({ link: d.link.id }) }, d.link.id);
  }

  cageButton(id) {
    return el("button", { class: "link", type: "button", "data-key": "c" + id, onclick: () => this.go({ cage: id }) }, id);
  }

  link(d) {
    const now = this.store.summary?.now_s ?? d.since_s;
    return [
      el("h2", {}, d.link.id),
      el("p", {}, state(d), ` for ${span(Math.max(0, now - d.since_s))}, ${rate(d.link.rate_mbps)}`, d.link.flaps ? `, went down ${d.link.flaps} times` : ""),
      el("p", { class: "row" }, "between ", this.cageButton(d.link.ends[0].cage), " and ", this.cageButton(d.link.ends[1].cage),
        el("button", { type: "button", "data-key": "enable", onclick: () => this.go({ act: ["enable", d.link.id, d.enabled ? "off" : "on"] }) }, d.enabled ? "Switch off" : "Switch on")),
      causes(d),
      el("h3", {}, "Lanes end to end"), lanesTable(d),
      el("h3", {}, "Data path"),
      el("dl", {}, d.link.ends.flatMap((e) => [el("dt", {}, e.cage), el("dd", {}, `${e.dp_state ?? "no state machine"}${e.reason ? ": " + e.reason : ""}`)])),
      d.link.findings.length ? [el("h3", {}, "Findings"), findings(d.link.findings)] : [],
    ].flat(3).filter(Boolean);
  }

  cage(c) {
    const m = c.module, links = this.store.linksOf(c.id);
    const series = this.store.series.get(c.id) ?? [];
    // what somebody chose outlives a repaint, until the mode changes
    const picked = this.pick?.cage === c.id && this.pick.from === c.mode ? this.pick.mode : c.mode;
    const select = el("select", { id: "mode", "data-key": "mode", onchange: () => { this.pick = { cage: c.id, from: c.mode, mode: select.value }; } },
      [...new Set([c.mode, ...c.modes])].map((t) => el("option", { value: t, selected: t === picked }, t)));
    return [
      el("h2", {}, `${c.id} `, el("small", { class: "hint" }, c.form)),
      m ? el("dl", {}, [["Module", `${m.vendor} ${m.part}`], ["Serial", m.serial], ["Firmware", m.firmware], ["Memory map", m.map], ["Power", m.max_power_w && m.max_power_w + " W"], ["State", c.phase]]
        .filter(([, v]) => v).flatMap(([k, v]) => [el("dt", {}, k), el("dd", {}, v)]))
        : el("p", { class: "hint" }, c.managed ? "no module" : "not driven by this daemon"),
      el("div", { class: "row" }, el("label", { for: "mode" }, "Mode"), select,
        el("button", { type: "button", "data-key": "split", onclick: () => this.split(c.id, select.value) }, "What would change?")),
      findings(c.findings),
      el("h3", {}, "Links"),
      links.length ? el("table", {}, el("tbody", {}, links.map((d) => el("tr", {}, el("td", {}, this.linkButton(d)), el("td", {}, rate(d.link.rate_mbps)), el("td", {}, state(d)))))) : el("p", { class: "hint" }, "none"),
      m && el("h3", {}, "Measured"), m && monitors(c),
      m && el("h3", {}, "Since this page was opened"),
      m && (Object.entries(c.monitors).map(([name, v]) => chart(name, v, series)).filter(Boolean)),
    ].flat(3).filter(Boolean);
  }
}


