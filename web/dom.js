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

export function rate(mbps) {
  return mbps >= 1e6 ? mbps / 1e6 + "T" : mbps / 1e3 + "G";
}

export function span(seconds) {
  if (seconds < 60) return seconds.toFixed(1) + " s";
  if (seconds < 3600) return Math.floor(seconds / 60) + " min";
  if (seconds < 86400) return (seconds / 3600).toFixed(1) + " h";
  return (seconds / 86400).toFixed(1) + " days";
}

// A reading in the unit that people use for it.
export function shown(unit, v) {
  if (v === null || v === undefined) return { value: null, unit: "" };
  if (unit === "W") return { value: v > 0 ? 10 * Math.log10(v * 1000) : null, unit: "dBm" };
  if (unit === "A") return { value: v * 1000, unit: "mA" };
  return { value: v, unit: unit === "degC" ? "°C" : unit };
}
