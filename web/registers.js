// SPDX-License-Identifier: Apache-2.0
// The registers of one module: pages read when they are asked for, decoded by the daemon, searched
// here. A field says on a click what it is.
import { clock, el, runs } from "./dom.js";
import { ask } from "./store.js";

const SHOW = {
  all: ["everything", () => true],
  value: ["that has a value", (f) => f.status === "value"],
  flag: ["flags", (f) => f.seen !== undefined],
  write: ["that can be written", (f) => f.access.includes("write")],
  other: ["without a value", (f) => f.status !== "value"],
};

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// A number as its bits are, text and bytes as they stand.
function hex(f) {
  if (f.raw === null) return "";
  if (typeof f.raw === "string") return f.raw.replace(/(..)(?=.)/g, "$1 ");
  const [high, low] = f.bits.split(":").map(Number), bits = high - low + 1;
  const v = BigInt.asUintN(bits, BigInt(f.raw));
  return "0x" + v.toString(16).padStart(Math.ceil(bits / 4), "0");
}

function words(f, now) {
  if (f.status === "value") return f.text;
  if (f.status !== "not-read") return f.status.replace("-", " ") + (f.why ? " (" + f.why + ")" : "");
  const s = f.seen;
  if (!s.count) return "never seen set";
  return `${s.set ? "set" : "clear"}; seen ${s.count === 1 ? "once" : s.count + " times"}, last ${Math.max(0, now - s.last_s).toFixed(0)} s ago`;
}

// The lanes of one field, those that say the same together.
function together(lanes, now) {
  const kinds = new Map();
  for (const f of lanes) {
    const key = [f.status, hex(f), words(f, now)].join("|");
    if (!kinds.has(key)) kinds.set(key, { hex: hex(f), text: words(f, now), good: f.status === "value", set: f.seen?.set, lanes: [] });
    kinds.get(key).lanes.push(f.lane);
  }
  return [...kinds.values()];
}

export class Registers {
  constructor(store) {
    this.store = store;
    this.root = el("div", { class: "registers" }, el("p", { class: "hint" }, "Asking which pages there are…"));
    this.key = null;
  }

  // Begin with a module: which pages it has, and the first of them. `key` tells modules apart.
  async show(cage, key) {
    if (this.key === key) return;
    this.key = key;
    this.cage = cage;
    this.pages = [];
    this.docs = new Map(); // key -> document
    this.gone = new Set();
    this.open = new Set(); // fields that are explained
    this.chosen = null;
    this.whole = false;
    try {
      const d = await ask("registers", { cage });
      if (this.key !== key) return;
      this.map = d.map;
      this.pages = d.pages.map((p) => ({ ...p, key: p.page + " " + p.bank, name: p.bank ? `${p.page} bank ${p.bank}` : p.page }));
      if (d.vdm) this.pages.push({ key: "vdm 0", page: "vdm", bank: 0, name: "Versatile diagnostics (SNR, BER)", fields: null });
      this.build();
      await this.read(this.pages[0]);
    } catch (e) {
      if (this.key !== key) return;
      this.root.replaceChildren(el("p", { class: "warn", role: "status" }, e.message));
      this.key = null; // asked again at the next look
    }
  }

  build() {
    this.select = el("select", { id: "register-page", onchange: () => this.read(this.pages.find((p) => p.key === this.select.value)) });
    this.search = el("input", { type: "search", id: "register-search", placeholder: "name, value, address, meaning", autocomplete: "off", oninput: () => this.paint() });
    this.filter = el("select", { id: "register-filter", onchange: () => this.paint() }, Object.entries(SHOW).map(([k, [t]]) => el("option", { value: k }, t)));
    this.again = el("button", { type: "button", onclick: () => this.read(this.chosen) }, "Read again");
    this.every = el("button", { type: "button", id: "register-all", onclick: () => this.readAll() }, "Read all pages");
    this.status = el("p", { class: "hint", role: "status" });
    this.body = el("div");
    this.root.replaceChildren(
      el("div", { class: "row" }, el("label", { for: "register-page" }, "Page"), this.select, this.again, this.every),
      el("div", { class: "row" }, el("label", { for: "register-search" }, "Find"), this.search, el("label", { for: "register-filter" }, "Show"), this.filter),
      this.status, this.body);
    this.list();
  }

  list() {
    this.select.replaceChildren(...this.pages.map((p) => el("option", { value: p.key, disabled: this.gone.has(p.key), selected: p === this.chosen },
      p.name + (p.fields === null ? "" : this.gone.has(p.key) ? ", not there" : `, ${p.fields} fields`) + (this.docs.has(p.key) ? ", read" : ""))));
  }

  // The daemon reads pages slowly on purpose: each waits its turn, and what comes too soon because
  // somebody else looks too is asked for again.
  async fetch(p) {
    const { cage, key } = this;
    for (let tries = 0; ; tries++) {
      try {
        await pause((this.next ?? 0) - performance.now());
        const d = await ask("registers", { cage, page: p.page, bank: p.bank });
        this.next = performance.now() + 260;
        if (this.key === key) this.docs.set(p.key, d);
        return;
      } catch (e) {
        if (e.status === 404 && p !== this.chosen) { this.gone.add(p.key); return; }
        if (![429, 503].includes(e.status) || tries === 20 || this.key !== key) throw e;
        await pause(300);
      }
    }
  }

  async read(p) {
    this.chosen = p;
    this.whole = false;
    this.status.textContent = `Reading page ${p.name}…`;
    try {
      await this.fetch(p);
      this.list();
      this.paint();
    } catch (e) {
      if (e.status === 404) this.gone.add(p.key);
      this.list();
      this.body.replaceChildren();
      this.status.textContent = e.message;
    }
  }

  async readAll() {
    const { key } = this;
    this.whole = true;
    this.every.disabled = true;
    try {
      for (const [i, p] of this.pages.entries()) {
        if (this.key !== key || !this.whole) return;
        if (this.docs.has(p.key) || this.gone.has(p.key)) continue;
        this.chosen = null;
        await this.fetch(p);
        this.paint(`Reading page ${i + 1} of ${this.pages.length}…`);
      }
      this.list();
      this.paint();
    } catch (e) {
      this.status.textContent = e.message;
    } finally {
      this.every.disabled = false;
    }
  }

  // Fields of what is shown, each with its lanes.
  fields() {
    const of = this.whole ? this.pages : [this.chosen];
    const wanted = this.search.value.trim().toLowerCase().split(/\s+/).filter(Boolean), show = SHOW[this.filter.value][1];
    const now = this.store.summary?.now_s ?? 0, out = [];
    for (const p of of) {
      const groups = new Map();
      for (const f of this.docs.get(p?.key)?.fields ?? []) {
        if (!groups.has(f.name)) groups.set(f.name, []);
        groups.get(f.name).push(f);
      }
      for (const [name, all] of groups) {
        const lanes = all.filter(show);
        if (!lanes.length) continue;
        const f = all[0], text = [name, f.standard, f.doc, p.page + ":" + f.place, ...lanes.map((l) => hex(l) + " " + words(l, now))].join(" ").toLowerCase();
        if (wanted.every((w) => text.includes(w))) out.push({ page: p, first: all[0], last: all.at(-1), lanes });
      }
    }
    return out;
  }

  paint(status) {
    const found = this.fields(), now = this.store.summary?.now_s ?? 0, cells = [];
    let page = null;
    for (const x of found) {
      if (x.page !== page) {
        page = x.page;
        cells.push(el("tr", { class: "page" }, el("th", { colspan: "4", scope: "colgroup" }, `Page ${page.name}`)));
      }
      cells.push(...this.rows(x, now));
    }
    const vdm = (this.whole ? this.pages : [this.chosen]).map((p) => this.docs.get(p?.key)?.vdm).find(Boolean);
    this.body.replaceChildren(
      ...(vdm ? [this.vdm(vdm)] : []),
      ...(found.length ? [el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Registers" }, el("table", { class: "register" },
        el("thead", {}, el("tr", {}, ["address", "field", "raw", "value"].map((t) => el("th", { scope: "col" }, t)))),
        el("tbody", {}, cells)))] : []));
    const at = this.whole ? null : this.docs.get(this.chosen?.key)?.read_s;
    this.status.textContent = status ?? (vdm && !found.length ? `${vdm.length} monitors, as the daemon reads them each ten seconds` :
      `${found.length} field${found.length === 1 ? "" : "s"}` + (at === null || at === undefined ? "" : `, read at ${clock(this.store.summary.started_ms + at * 1000)}. Flags are the daemon's to read: they are shown as it has seen them.`));
  }

  rows({ page, first, last, lanes }, now) {
    const key = page.key + " " + first.name, kinds = together(lanes, now), many = first.lane !== null;
    const label = (k) => (many && (kinds.length > 1 || lanes.length > 1) ? el("span", { class: "lanes-of" }, runs(k.lanes) + ": ") : "");
    const open = this.open.has(key);
    const about = el("tr", { class: "about", hidden: !open }, el("td", { colspan: "4" }));
    const button = el("button", { class: "link", type: "button", "aria-expanded": String(open), onclick: async () => {
      const now = about.hidden;
      about.hidden = !now;
      button.setAttribute("aria-expanded", String(now));
      if (!now) this.open.delete(key);
      else { this.open.add(key); await this.explain(first, about.firstChild); }
    } }, first.name + (many ? "[]" : ""));
    if (open) this.explain(first, about.firstChild);
    return [el("tr", {},
      el("td", { class: "mono", "data-label": "address" }, page.page + ":" + first.place + (first !== last ? " … " + last.place : "")),
      el("th", { scope: "row" }, button, el("small", {}, first.doc)),
      el("td", { class: "mono", "data-label": "raw" }, kinds.map((k) => el("div", {}, label(k), k.hex || "–"))),
      el("td", { "data-label": "value" }, kinds.map((k) => el("div", { class: k.set ? "warn" : k.good ? "" : "hint" }, label(k), k.text)))), about];
  }

  async explain(f, cell) {
    try {
      const lane = f.lane === null ? 1 : ((f.lane - 1) % 8) + 1;
      const d = await ask("explain", { field: this.map + "." + f.name, lane });
      const pairs = Object.entries(d).filter(([k]) => !["kind", "map", "field", "codes"].includes(k));
      cell.replaceChildren(el("dl", {}, pairs.flatMap(([k, v]) => [el("dt", {}, k.replace("_", "-")), el("dd", {}, v)]),
        d.codes ? [el("dt", {}, "codes"), el("dd", {}, el("ul", { class: "codes" }, Object.entries(d.codes).map(([c, t]) => el("li", {}, el("code", {}, c), " " + t))))] : []));
    } catch (e) {
      cell.replaceChildren(el("p", { class: "warn" }, e.message));
    }
  }

  vdm(list) {
    const wanted = this.search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const at = (x) => (x.lane === null ? x.where ?? "" : `${x.where} ${x.lane}`);
    const value = (x) => x.special ?? (x.value === null ? x.status.replace("-", " ") : Math.abs(x.value) >= 1e-3 || x.value === 0 ? +x.value.toPrecision(4) + " " + (x.unit ?? "") : x.value.toExponential(2));
    const limit = (x, k) => (x.thresholds ? String(+x.thresholds[k].toPrecision(3)) : "–");
    return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Versatile diagnostics" }, el("table", { class: "vdm" },
      el("caption", {}, "Versatile diagnostics"),
      el("thead", {}, el("tr", {}, ["monitor", "where", "value", "low alarm", "low warning", "high warning", "high alarm"].map((t) => el("th", { scope: "col" }, t)))),
      el("tbody", {}, list.filter((x) => { const t = [x.observable, at(x), value(x)].join(" ").toLowerCase(); return wanted.every((w) => t.includes(w)); })
        .map((x) => el("tr", {}, el("th", { scope: "row" }, x.observable ?? "reserved"), el("td", {}, at(x)), el("td", { class: "number" }, value(x)),
          ["low_alarm", "low_warning", "high_warning", "high_alarm"].map((k) => el("td", { class: "number" }, limit(x, k))))))));
  }
}
