// SPDX-License-Identifier: Apache-2.0
// The course of all that a module measures: from the daemon's history, or since the page was opened.
import { Chart } from "./chart.js";
import { el } from "./dom.js";
import { ask } from "./store.js";

const RANGES = { hour: 1, day: 24, month: 720 };
const AGAIN_MS = { hour: 10000, day: 60000, month: 300000 };

export class Charts {
  constructor(store) {
    this.store = store;
    this.range = "hour";
    this.kept = true; // until the daemon says that it keeps no history
    this.cage = null;
    this.list = el("div");
    this.close = el("input", { type: "checkbox", id: "chart-close", onchange: () => this.paint() });
    this.choice = el("fieldset", { class: "row" }, el("legend", {}, "Time"), Object.keys(RANGES).map((r) =>
      el("label", {}, el("input", { type: "radio", name: "range", value: r, checked: r === this.range, onchange: () => { this.range = r; this.load(); } }), " " + r)));
    this.root = el("div", { class: "charts" }, el("div", { class: "row" }, this.choice, el("label", { for: "chart-close" }, this.close, " Readings only, without far limits")), this.list);
  }

  // Called whenever the cage has news.
  show(c) {
    const key = `${c.id} ${c.swaps} ${c.module?.serial}`;
    if (this.key !== key) {
      this.key = key;
      this.cage = c.id;
      this.charts = new Map();
      this.data = new Map();
      this.list.replaceChildren();
      this.load();
    }
    const names = Object.keys(c.monitors);
    for (const name of names)
      if (!this.charts.has(name)) {
        const chart = new Chart(name);
        this.charts.set(name, chart);
        this.list.append(chart.root);
        if (this.loaded) this.load();
      }
    if (!names.length) this.list.replaceChildren(el("p", { class: "hint" }, "Nothing was measured yet."));
    else if (this.list.firstChild?.tagName === "P") this.list.replaceChildren(...[...this.charts.values()].map((x) => x.root));
    this.monitors = c.monitors;
    if (!this.kept) this.paint();
  }

  async load() {
    clearTimeout(this.timer);
    const { key, cage, range } = this, current = () => this.key === key && this.range === range;
    this.loaded = false;
    if (this.kept) {
      await Promise.resolve(); // the charts are there first
      for (const name of [...this.charts.keys()]) {
        try {
          const d = await ask("history", { cage, quantity: name, hours: RANGES[range] });
          if (!current()) return;
          this.data.set(name, d);
          this.paint(name);
        } catch (e) {
          if (e.status === 409) { this.kept = false; this.choice.hidden = true; break; }
          if (e.status !== 429 && e.status !== 503) this.list.prepend(el("p", { class: "warn", role: "alert" }, e.message));
        }
      }
    }
    if (!current()) return;
    this.loaded = true;
    this.paint();
    if (this.kept) this.timer = setTimeout(() => (this.root.isConnected ? this.load() : (this.key = null)), AGAIN_MS[range]);
  }

  // What the page itself has heard since it was opened.
  heard(name) {
    const series = this.store.series.get(this.cage) ?? [];
    const of = (s, i) => { const v = s.values[name]; return (Array.isArray(v) ? v[i] : v) ?? null; };
    const v = this.monitors[name].value, lanes = Array.isArray(v) ? v.map((_, i) => i + 1) : [0];
    return { from_ms: series[0]?.at ?? Date.now(), to_ms: Date.now(), lanes: lanes.map((lane) => ({ lane,
      points: series.map((s) => { const x = of(s, Math.max(0, lane - 1)); return [s.at, x, x, x]; }).filter((p) => p[1] !== null) })).filter((l) => l.points.length) };
  }

  paint(only) {
    for (const [name, chart] of this.charts) {
      const m = this.monitors?.[name], d = this.kept ? this.data.get(name) : m && this.heard(name);
      if ((only && only !== name) || !m || !d) continue;
      // a young history fills the picture
      const first = Math.min(...d.lanes.filter((l) => l.points.length).map((l) => l.points[0][0]));
      const from = isFinite(first) ? Math.max(d.from_ms, Math.min(first, d.to_ms - 60000)) : d.from_ms;
      chart.update({ m, from, to: d.to_ms, lanes: d.lanes }, this.close.checked);
    }
  }
}
