// SPDX-License-Identifier: Apache-2.0
// Readings over time: one line a lane with its least and greatest, the module's limits, a cursor for
// pointer and keyboard, the same as a table. Drawn as SVG, coloured by the style sheet.
import { el, svg, shown, titleOf, value } from "./dom.js";

const H = 190, LEFT = 58, RIGHT = 10, TOP = 10, BOTTOM = 22, FLOOR = 1e-15, ROWS = 100;
const LIMITS = { high_alarm: "high alarm", high_warning: "high warning", low_warning: "low warning", low_alarm: "low alarm" };
const MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const STEPS = [MINUTE / 6, MINUTE / 2, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 30 * DAY];

// Round steps of a linear axis, about `n` of them.
function ticks(low, high, n) {
  const rough = (high - low) / n, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((s) => s * power >= rough), out = [];
  for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) out.push(k * step);
  return [out, Math.max(0, -Math.floor(Math.log10(step)))];
}

function timeTicks(from, to, n) {
  const step = STEPS.find((s) => (to - from) / s <= n) ?? STEPS.at(-1), out = [];
  const zone = new Date(from).getTimezoneOffset() * MINUTE;
  for (let t = Math.ceil((from - zone) / step) * step + zone; t <= to; t += step) out.push(t);
  return [out, step];
}

function timeText(t, step) {
  const d = new Date(t);
  if (step >= DAY) return d.toLocaleDateString([], { day: "numeric", month: "short" });
  return d.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false, ...(step < MINUTE ? { second: "2-digit" } : {}) });
}

function whenText(t, span) {
  return (span > DAY ? new Date(t).toLocaleDateString([], { day: "numeric", month: "short" }) + " " : "") + timeText(t, span > HOUR ? MINUTE : 1);
}

// Where the worst lane goes, in words.
function trendText(name, m, lanes) {
  const known = lanes.filter((l) => l.trend && l.trend.verdict !== "unknown");
  const ber = name.endsWith("-ber"), power = m.unit === "W";
  const of = (l) => (l.lane ? `Lane ${l.lane}` : "It");
  const limit = (t) => value(name, m.unit, ber ? 10 ** t.limit : power ? 10 ** (t.limit / 10) / 1000 : t.limit, true);
  const beyond = known.filter((l) => l.trend.verdict === "beyond");
  if (beyond.length) return [beyond.map((l) => `${of(l)} is beyond its ${l.trend.limit_name.replace("-", " ")} of ${limit(l.trend)}`).join(". ") + ".", "bad"];
  const next = known.filter((l) => l.trend.days !== null && l.trend.days < 3650).sort((a, b) => a.trend.days - b.trend.days)[0];
  if (next) {
    const t = next.trend, days = (d) => (d < 10 ? d.toFixed(1) : d.toFixed(0));
    return [`${of(next)} reaches its ${t.limit_name.replace("-", " ")} of ${limit(t)} in ${days(t.days)} days, if nothing changes (95 % sure: after ${days(t.days_low)}${t.days_high === null ? " or never" : " to " + days(t.days_high)}).`, t.days < 30 ? "warn" : ""];
  }
  const moving = known.filter((l) => l.trend.verdict === "moving" && l.trend.days === null).sort((a, b) => Math.abs(b.trend.per_day) - Math.abs(a.trend.per_day))[0];
  if (moving) return [`${of(moving)} moves by ${(m.unit === "A" ? 1000 * moving.trend.per_day : moving.trend.per_day).toPrecision(2)} ${ber ? "decades" : power ? "dB" : shown(m.unit, 1).unit} a day, to no limit.`, ""];
  if (known.length) return [`Steady over ${(Math.max(...known.map((l) => l.trend.hours)) / 24).toFixed(0)} days.`, ""];
  const hours = Math.max(0, ...lanes.map((l) => l.trend?.hours ?? 0));
  return [lanes.some((l) => l.trend) ? `No trend yet: it takes 24 hours, there ${hours === 1 ? "is" : "are"} ${hours}.` : "", ""];
}

export class Chart {
  constructor(name) {
    this.name = name;
    this.log = name.endsWith("-ber");
    this.hidden = new Set();
    this.title = el("b");
    this.says = el("span");
    this.legend = el("div", { class: "legend" });
    this.readout = el("p", { class: "readout", "aria-hidden": "true" });
    this.plot = el("div", { class: "plot", tabindex: "0", role: "slider", "aria-label": titleOf(name) + ": cursor", "aria-valuemin": "0", "aria-valuemax": "0", "aria-valuenow": "0", "aria-valuetext": "no readings",
      onpointermove: (e) => this.point(e.clientX), onpointerleave: () => this.move(null), onkeydown: (e) => this.key(e), onblur: () => this.move(null) });
    this.table = el("details", { ontoggle: () => this.fillTable() }, el("summary", {}, "As a table"));
    this.root = el("figure", { class: "figure", "data-quantity": name }, el("figcaption", {}, this.title, " ", this.says), this.plot, this.readout, this.legend, this.table);
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  // d: {m: the monitor as last read, from, to, lanes: [{lane: from 1 or 0, points: [[t, least, mean, greatest]], trend}]}
  update(d, close) {
    this.d = d;
    this.close = close;
    this.title.textContent = titleOf(this.name) + (shown(d.m.unit, 1).unit ? ", " + shown(d.m.unit, 1).unit : "");
    const [text, kind] = trendText(this.name, d.m, d.lanes);
    if (this.says.textContent !== text) this.says.textContent = text;
    this.says.className = kind || "hint";
    const wanted = d.lanes.length > 1 ? d.lanes.map((l) => l.lane).join() : "";
    if (this.legend.dataset.lanes !== wanted) {
      this.legend.dataset.lanes = wanted;
      this.legend.replaceChildren(...(wanted ? d.lanes.map((l) => this.mark(l.lane)) : []));
    }
    this.draw();
    if (this.table.open) this.fillTable();
  }

  mark(lane) {
    const b = el("button", { type: "button", class: "lane-mark", "aria-pressed": "true", onclick: () => {
      const on = this.hidden.delete(lane) || !this.hidden.add(lane);
      b.setAttribute("aria-pressed", String(on));
      this.draw();
    } }, el("i", { class: `c${(lane - 1) % 8}` }), `lane ${lane}`);
    return b;
  }

  number(v) {
    if (this.log) return v === null ? null : Math.log10(Math.max(v, FLOOR));
    const x = shown(this.d.m.unit, v).value;
    return x === null || !isFinite(x) ? null : x;
  }

  // Limits that the picture shows: all of them, or only those among the readings.
  limits() {
    return Object.entries(LIMITS).map(([k, text]) => ({ text, alarm: k.endsWith("alarm"), v: this.d.m.limits ? this.number(this.d.m.limits[k]) : null })).filter((l) => l.v !== null && isFinite(l.v));
  }

  range(lanes) {
    let low = Infinity, high = -Infinity;
    const take = (v) => { if (v !== null) { low = Math.min(low, v); high = Math.max(high, v); } };
    lanes.forEach((l) => l.points.forEach((p) => { take(this.number(p[1])); take(this.number(p[3])); }));
    if (low > high) return null;
    if (!this.close) this.limits().forEach((l) => take(l.v));
    if (this.log) return [Math.floor(low - 0.05), Math.ceil(high + 0.05)];
    const pad = (high - low) * 0.06 || Math.abs(high) * 0.01 || 1;
    return [low - pad, high + pad];
  }

  draw() {
    const W = this.plot.clientWidth;
    if (!this.d || !W) return;
    const lanes = this.d.lanes.filter((l) => !this.hidden.has(l.lane)), r = this.range(lanes), { from, to } = this.d;
    if (!r) {
      this.x = null;
      this.plot.replaceChildren(el("p", { class: "hint" }, this.d.lanes.length ? "Nothing to be shown." : "No readings in this time."));
      return;
    }
    const x = (t) => LEFT + ((t - from) / (to - from || 1)) * (W - LEFT - RIGHT), y = (v) => H - BOTTOM - ((v - r[0]) / (r[1] - r[0])) * (H - TOP - BOTTOM);
    const picture = svg("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, width: W, height: H, "aria-hidden": "true" });
    this.axes(picture, r, x, y, W);
    const written = []; // heights at which names of limits stand: near ones stand side by side
    for (const l of this.limits()) {
      if (l.v < r[0] || l.v > r[1]) continue;
      const at = y(l.v) < TOP + 12 ? y(l.v) + 11 : y(l.v) - 3, beside = written.filter((h) => Math.abs(h - at) < 11).length;
      picture.append(svg("path", { class: l.alarm ? "limit alarm" : "limit warning", d: `M${LEFT} ${y(l.v)}H${W - RIGHT}` }), this.text(W - RIGHT - 2 - 80 * beside, at, l.text, "end"));
      written.push(at);
    }
    for (const l of lanes) this.line(picture, l, x, y);
    this.hair = svg("g", { class: "hair" });
    picture.append(this.hair);
    this.plot.replaceChildren(picture);
    Object.assign(this, { x, y });
    this.times = (lanes.reduce((a, b) => (b.points.length > a.points.length ? b : a)).points).map((p) => p[0]);
    this.plot.setAttribute("aria-valuemin", "0");
    this.plot.setAttribute("aria-valuemax", String(this.times.length - 1));
    this.move(this.at === undefined || this.at === null ? null : Math.min(this.at, this.times.length - 1));
  }

  text(x, y, s, anchor) {
    const t = svg("text", { x, y, "text-anchor": anchor });
    t.textContent = s;
    return t;
  }

  axes(picture, r, x, y, W) {
    const [marks, digits] = this.log ? [Array.from({ length: Math.floor(r[1]) - Math.ceil(r[0]) + 1 }, (_, i) => Math.ceil(r[0]) + i), 0] : ticks(r[0], r[1], 5);
    const every = this.log ? Math.ceil(marks.length / 6) : 1;
    marks.forEach((v, i) => {
      if (i % every) return;
      picture.append(svg("path", { class: "axis", d: `M${LEFT} ${y(v)}H${W - RIGHT}` }), this.text(LEFT - 6, y(v) + 4, this.log ? `1e${v}` : v.toFixed(digits), "end"));
    });
    const [times, step] = timeTicks(this.d.from, this.d.to, Math.max(2, (W - LEFT) / 90));
    for (const t of times) {
      picture.append(svg("path", { class: "axis", d: `M${x(t)} ${H - BOTTOM}v4` }));
      if (x(t) > LEFT + 10 && x(t) < W - 24) picture.append(this.text(x(t), H - 5, timeText(t, step), "middle"));
    }
  }

  // Broken where readings are missing for longer than they usually do.
  line(picture, l, x, y) {
    const gaps = l.points.slice(1).map((p, i) => p[0] - l.points[i][0]).sort((a, b) => a - b), most = 3.5 * (gaps[gaps.length >> 1] ?? Infinity);
    let d = "", pen = "M", before = null, upper = [], lower = [], band = "";
    const close = () => { if (upper.length > 1) band += "M" + upper.join("L") + "L" + lower.reverse().join("L") + "Z"; upper = []; lower = []; };
    for (const [t, a, v, b] of l.points) {
      const n = this.number(v);
      if (n === null || (before !== null && t - before > most)) { pen = "M"; close(); }
      before = t;
      if (n === null) continue;
      d += `${pen}${x(t).toFixed(1)} ${y(n).toFixed(1)}`;
      pen = "L";
      upper.push(`${x(t).toFixed(1)} ${y(this.number(b) ?? n).toFixed(1)}`);
      lower.push(`${x(t).toFixed(1)} ${y(this.number(a) ?? n).toFixed(1)}`);
    }
    close();
    const colour = `c${Math.max(0, l.lane - 1) % 8}`;
    picture.append(svg("path", { class: "band " + colour, d: band }), svg("path", { class: "line " + colour + (l.lane > 8 ? " second" : ""), d }));
  }

  point(clientX) {
    if (!this.x) return;
    const left = this.plot.getBoundingClientRect().left;
    let best = 0;
    this.times.forEach((t, i) => { if (Math.abs(left + this.x(t) - clientX) < Math.abs(left + this.x(this.times[best]) - clientX)) best = i; });
    this.move(best);
  }

  key(e) {
    const way = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[e.key];
    if (way === undefined || !this.x) return;
    e.preventDefault();
    const last = this.times.length - 1;
    this.move(Math.max(0, Math.min(last, (this.at ?? (way > 0 ? -1 : last + 1)) + way)));
  }

  // The values at one time; null: of the last.
  move(at) {
    this.at = at;
    if (!this.x) return;
    const t = this.times[at ?? this.times.length - 1], lanes = this.d.lanes.filter((l) => !this.hidden.has(l.lane));
    const near = (l) => l.points.reduce((a, b) => (Math.abs(b[0] - t) < Math.abs(a[0] - t) ? b : a), [Infinity, null, null, null]);
    const words = lanes.map((l) => (l.lane ? `${l.lane}: ` : "") + value(this.name, this.d.m.unit, near(l)[2], !l.lane)).join("   ");
    const text = `${whenText(t, this.d.to - this.d.from)}   ${words}`;
    if (this.readout.textContent !== text) this.readout.textContent = text;
    this.plot.setAttribute("aria-valuenow", String(at ?? this.times.length - 1));
    this.plot.setAttribute("aria-valuetext", text);
    if (at === null) { this.hair.replaceChildren(); return; }
    this.hair.replaceChildren(svg("path", { d: `M${this.x(t)} ${TOP}V${H - BOTTOM}` }), ...lanes.flatMap((l) => {
      const v = this.number(near(l)[2]);
      return v === null ? [] : [svg("circle", { class: `c${Math.max(0, l.lane - 1) % 8}`, cx: this.x(near(l)[0]), cy: this.y(v), r: 3.5 })];
    }));
  }

  // The newest readings first, as many as one reads.
  fillTable() {
    if (!this.table.open || !this.d) return;
    const lanes = this.d.lanes, times = lanes.length ? lanes.reduce((a, b) => (b.points.length > a.points.length ? b : a)).points.map((p) => p[0]) : [];
    const each = Math.ceil(times.length / ROWS), rows = times.filter((_, i) => (times.length - 1 - i) % each === 0).reverse();
    const find = lanes.map((l) => new Map(l.points.map((p) => [p[0], p])));
    this.table.replaceChildren(el("summary", {}, "As a table"), el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": titleOf(this.name) }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "time"), lanes.map((l) => el("th", { scope: "col", class: "number" }, l.lane ? `lane ${l.lane}` : shown(this.d.m.unit, 1).unit)))),
      el("tbody", {}, rows.map((t) => el("tr", {}, el("th", { scope: "row" }, whenText(t, this.d.to - this.d.from)), find.map((f) => el("td", { class: "number" }, value(this.name, this.d.m.unit, f.get(t)?.[2] ?? null)))))))));
  }
}
