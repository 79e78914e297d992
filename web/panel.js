// SPDX-License-Identifier: Apache-2.0
// Front panels: every device with its cages, every cage with its host lanes, coloured by the link
// that owns them. Built once; what changes is repainted in place.
import { el } from "./dom.js";
import { stateOf } from "./store.js";

const WORDS = { up: "up", starting: "starting", down: "down", off: "off", "": "no link" };

export class Panels {
  constructor(root, store, choose) {
    this.root = root;
    this.store = store;
    this.choose = choose;
    this.cages = new Map(); // id -> {button, lanes, mode}
    this.marked = [null, null];
    root.addEventListener("keydown", (e) => this.onKey(e));
  }

  build() {
    const devices = new Map();
    for (const c of this.store.cages.values()) {
      if (!devices.has(c.device)) devices.set(c.device, []);
      devices.get(c.device).push(c);
    }
    this.cages.clear();
    this.marked = [null, null];
    this.root.replaceChildren(...[...devices].map(([name, cages]) =>
      el("section", { class: "device", "aria-label": name }, el("h2", {}, name),
        el("div", { class: "cages" }, cages.map((c) => this.cage(c))))));
    for (const id of this.cages.keys()) this.paint(id);
    const first = this.root.querySelector(".cage");
    if (first) first.tabIndex = 0;
  }

  cage(c) {
    const lanes = c.lanes.map(() => el("span", { class: "lane" }));
    const mode = el("small");
    const button = el("button", { class: "cage", type: "button", tabindex: "-1", "data-id": c.id,
      onclick: (e) => this.choose({ cage: c.id, lane: lanes.indexOf(e.target) }) },
      el("b", {}, c.name), mode, el("span", { class: "lanes", "aria-hidden": "true" }, lanes));
    this.cages.set(c.id, { button, lanes, mode });
    return button;
  }

  paint(id) {
    const view = this.cages.get(id), c = this.store.cages.get(id);
    if (!view || !c) return;
    const state = view.lanes.map(() => ""), first = view.lanes.map(() => false);
    const counts = {};
    for (const d of this.store.linksOf(id)) {
      const s = stateOf(d);
      counts[s] = (counts[s] ?? 0) + 1;
      for (const end of d.link.ends) {
        if (end.cage !== id) continue;
        first[end.first_lane - 1] = true;
        for (let i = 0; i < end.lanes; i++) state[end.first_lane - 1 + i] = s;
      }
    }
    view.lanes.forEach((lane, i) => {
      const name = "lane " + state[i] + (first[i] && i ? " first" : "");
      if (lane.className !== name) lane.className = name;
    });
    const text = c.module ? c.mode : c.mode + ", empty";
    if (view.mode.textContent !== text) view.mode.textContent = text;
    const words = Object.entries(counts).map(([s, n]) => `${n} ${WORDS[s]}`).join(", ") || "no link";
    view.button.setAttribute("aria-label", `${c.id}, ${c.form}, ${text}: ${words}`);
  }

  mark(chosen, matches) {
    if (chosen === this.marked[0] && matches === this.marked[1]) return;
    this.marked = [chosen, matches];
    for (const [id, view] of this.cages) {
      view.button.classList.toggle("chosen", id === chosen);
      view.button.classList.toggle("dim", matches !== null && !matches.has(id));
      if (id === chosen) view.button.setAttribute("aria-current", "true");
      else view.button.removeAttribute("aria-current");
    }
  }

  // Arrow keys go to the nearest cage in that direction, as it is laid out now.
  onKey(e) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
    const from = e.target.closest?.(".cage");
    if (!way || !from) return;
    const a = from.getBoundingClientRect();
    let best = null, least = Infinity;
    for (const { button } of this.cages.values()) {
      const b = button.getBoundingClientRect();
      const dx = b.x - a.x, dy = b.y - a.y;
      const along = dx * way[0] + dy * way[1], aside = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (button === from || along <= 1) continue;
      if (along + 3 * aside < least) { least = along + 3 * aside; best = button; }
    }
    if (!best) return;
    from.tabIndex = -1;
    best.tabIndex = 0;
    best.focus();
    e.preventDefault();
  }
}
