// SPDX-License-Identifier: Apache-2.0
// Elements without markup in strings: nothing that a module says can become markup.

export function el(name, attributes = {}, ...children) {
  const e = document.createElement(name);
  for (const [k, v] of Object.entries(attributes)) {
    if (v === null || v === undefined || v === false) continue;
    if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else if (k === "class") e.className = v;
    else e.setAttribute(k, v === true ? "" : v);
  }
  e.append(...children.flat(9).filter((c) => c !== null && c !== undefined && c !== false));
  return e;
}

export function svg(name, attributes = {}, ...children) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  e.append(...children);
  return e;
}

const CONTROLS = new Set(["BUTTON", "SELECT", "INPUT", "SVG"]);

function sameShell(a, b) {
  return a.nodeType === 1 && b.nodeType === 1 && a.tagName === b.tagName && !CONTROLS.has(a.tagName.toUpperCase()) && a.cloneNode(false).isEqualNode(b.cloneNode(false));
}

// Make the children of `root` what `nodes` say and touch nothing that says so already: what has the
// focus, is being read or clicked stays. A control that differs is replaced with its listeners; one
// that is equal keeps its own, so what these hold on to has to be in its text or in `data-of`.
export function patch(root, nodes) {
  const old = [...root.childNodes];
  nodes.forEach((n, i) => {
    const o = old[i];
    if (!o) root.append(n);
    else if (o.isEqualNode(n)) return;
    else if (sameShell(o, n)) patch(o, [...n.childNodes]);
    else o.replaceWith(n);
  });
  old.slice(nodes.length).forEach((o) => o.remove());
}

// The same for a list whose lines come and go at its ends: `lines` are [key, () => element], and a
// line whose key is there already stays as it is.
export function keep(root, lines) {
  const old = new Map([...root.children].map((e) => [e.dataset.key, e]));
  let at = root.firstChild;
  for (const [key, make] of lines) {
    const have = old.get(key), line = have ?? make();
    old.delete(key);
    line.dataset.key = key;
    if (line === at) at = at.nextSibling;
    else root.insertBefore(line, at);
  }
  old.forEach((e) => e.remove());
}

export function rate(mbps) {
  return mbps >= 1e6 ? mbps / 1e6 + "T" : mbps / 1e3 + "G";
}

// One for all, and made when the first is asked for: making one is what takes the time.
let format;

export function clock(ms) {
  format ??= new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
  return format.format(ms);
}

export function span(seconds) {
  if (seconds < 60) return seconds.toFixed(1) + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 86400) return (seconds / 3600).toFixed(1) + " h";
  return (seconds / 86400).toFixed(1) + " days";
}

const TITLES = { temperature: "Temperature", supply: "Supply", "tx-power": "Transmit power", "rx-power": "Receive power", "tx-bias": "Laser bias", laser: "Laser temperature", tec: "Cooler",
  "media-snr": "SNR, media side", "host-snr": "SNR, host side", "media-ber": "Errors before FEC, media side", "host-ber": "Errors before FEC, host side" };

export function titleOf(quantity) {
  return TITLES[quantity] ?? quantity;
}

// A reading as text, with its unit if that is wanted.
export function value(quantity, unit, v, withUnit) {
  if (quantity.endsWith("-ber")) return v === null ? "–" : v === 0 ? "0" : v.toExponential(1);
  const s = shown(unit, v);
  return s.value === null ? "–" : s.value.toFixed(2) + (withUnit && s.unit ? " " + s.unit : "");
}

// A reading in the unit that people use for it.
export function shown(unit, v) {
  if (v === null || v === undefined) return { value: null, unit: "" };
  if (unit === "W") return { value: v > 0 ? 10 * Math.log10(v * 1000) : null, unit: "dBm" };
  if (unit === "A") return { value: v * 1000, unit: "mA" };
  return { value: v, unit: unit === "degC" ? "°C" : unit };
}

function beyond(v, limit) {
  return v !== null && limit !== null && v > limit;
}

// A reading as a cell, with how it stands to its limits, in words too. `m`: the monitor.
export function reading(name, m, v) {
  if (v === null) return el("td", { class: "number" }, "–");
  const l = m.limits;
  const bad = l && (beyond(v, l.high_alarm) || beyond(l.low_alarm, v)), warn = l && !bad && (beyond(v, l.high_warning) || beyond(l.low_warning, v));
  return el("td", { class: "number " + (bad ? "bad" : warn ? "warn" : "") }, m.unit === "W" && v === 0 ? "dark" : value(name, m.unit, v), bad ? " alarm" : warn ? " warning" : "");
}

// "1-3, 5" of ascending numbers.
export function runs(list) {
  const out = [];
  for (const n of list) {
    const last = out.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else out.push([n, n]);
  }
  return out.map(([a, b]) => (a === b ? a : a + "-" + b)).join(", ");
}

export function count(n, what) {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
