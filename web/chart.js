// SPDX-License-Identifier: Apache-2.0
// Readings over time as an SVG picture: one line a lane, the module's limits dashed.
import { el, svg, shown } from "./dom.js";

const COLOURS = ["#3b82c4", "#d9822b", "#3fa66b", "#c2483c", "#8a63c2", "#8c6d4f", "#d06fa8", "#6f7b86"];
const W = 480, H = 110, LEFT = 44;

function range(points, limits) {
  let low = Infinity, high = -Infinity;
  for (const v of [...points, ...limits]) {
    if (v === null || !isFinite(v)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  if (low > high) return null;
  const pad = (high - low) * 0.08 || Math.abs(high) * 0.01 || 1;
  return [low - pad, high + pad];
}

// series: [{at, values: {name: number or list}}], m: the monitor as last read
export function chart(name, m, series) {
  const lanes = Array.isArray(m.value) ? m.value.length : 1;
  const of = (s, i) => {
    const v = s.values[name];
    return shown(m.unit, Array.isArray(v) ? v[i] : v).value;
  };
  const unit = shown(m.unit, 1).unit;
  const limits = ["high_alarm", "low_alarm"].map((k) => m.limits && shown(m.unit, m.limits[k]).value).filter((v) => v !== null && v !== undefined && isFinite(v));
  const all = series.flatMap((s) => Array.from({ length: lanes }, (_, i) => of(s, i)));
  const r = range(all, limits);
  if (!r || series.length < 2) return null;
  const t0 = series[0].at, t1 = series[series.length - 1].at;
  const x = (t) => LEFT + ((t - t0) / (t1 - t0 || 1)) * (W - LEFT);
  const y = (v) => H - 12 - ((v - r[0]) / (r[1] - r[0])) * (H - 20);
  const picture = svg("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, preserveAspectRatio: "none", role: "img", "aria-label": `${name} over the last ${Math.round((t1 - t0) / 1000)} seconds` });
  for (const v of [r[0], (r[0] + r[1]) / 2, r[1]]) {
    picture.append(svg("path", { class: "axis", d: `M${LEFT} ${y(v)}H${W}` }));
    const t = svg("text", { x: LEFT - 4, y: y(v) + 3, "text-anchor": "end" });
    t.textContent = v.toFixed(Math.abs(r[1] - r[0]) < 2 ? 2 : 1);
    picture.append(t);
  }
  for (const v of limits) picture.append(svg("path", { class: "limit", d: `M${LEFT} ${y(v)}H${W}` }));
  for (let i = 0; i < lanes; i++) {
    let d = "", pen = "M";
    for (const s of series) {
      const v = of(s, i);
      if (v === null || !isFinite(v)) { pen = "M"; continue; }
      d += `${pen}${x(s.at).toFixed(1)} ${y(v).toFixed(1)}`;
      pen = "L";
    }
    picture.append(svg("path", { d, stroke: COLOURS[i % COLOURS.length] }));
  }
  const legend = lanes > 1 && el("div", { class: "legend" }, Array.from({ length: lanes }, (_, i) => {
    const mark = el("i");
    mark.style.background = COLOURS[i % COLOURS.length];
    return el("span", {}, mark, `lane ${i + 1}`);
  }));
  return el("figure", { class: "figure" }, el("figcaption", {}, `${name}, ${unit}`), picture, legend || "");
}
