// SPDX-License-Identifier: Apache-2.0
// What takes a while: how it goes, and what came of it.
import { clock, count, el, reading, runs, span, value } from "./dom.js";

const NAMES = { reset: "Reset", prbs: "Lane test", firmware: "Firmware" };
const PHASES = {
  reset: { begin: "begins", reset: "the module is reset" },
  prbs: { begin: "begins", light: "waits for light", read: "asks the modules what they can do", set: "sets the pattern", lock: "waits until it is found", measure: "counts errors", results: "reads the results", restore: "puts all back" },
  firmware: { begin: "begins", identify: "looks who the module is", ask: "asks what it holds", abort: "gives up the open download", start: "begins the download", write: "sends the image", check: "the module checks the image", copy: "the module copies the image", run: "starts the image", restart: "the module restarts", commit: "commits the image", recover: "begins anew after a break" },
};
const NEXT = {
  reset: "See what its overview finds. When the module is seated and answers, reset it again.",
  prbs: "See the causes and findings of the link, then test again.",
  firmware: "Ask again what the module holds: that tells which image runs. A download that was left open can be given up.",
};

export function jobState(j) {
  return !j.over ? "busy" : j.stopped ? "stopped" : j.ok ? "done" : "failed";
}

export function jobWords(j) {
  return j.action === "firmware" ? `firmware, ${j.value}` : (NAMES[j.action] ?? j.action).toLowerCase();
}

// "lane test of leaf1/swp1:2 - nic2/p0: counts errors"
export function jobText(j) {
  return `${jobWords(j)} of ${j.target}: ${j.over ? jobState(j) + (j.error ? ", " + j.error : "") : PHASES[j.action]?.[j.phase] ?? j.phase}`;
}

// How far it is, from 0 to 1; null: nobody knows.
function progress(j) {
  if (j.action === "prbs" && j.phase !== "light" && j.seconds) {
    const done = j.directions.filter((d) => d.finished).length * j.seconds + (j.directions.every((d) => d.finished) ? 0 : Math.min(j.measured_s, j.seconds));
    return Math.min(1, done / (j.directions.length * j.seconds));
  }
  if (j.bytes && j.phase === "write") return j.bytes_done / j.bytes;
  return null;
}

function far(j) {
  if (j.action === "firmware" && j.bytes && j.phase === "write")
    return `${(j.bytes_done / 1000).toFixed(0)} of ${(j.bytes / 1000).toFixed(0)} kB` + (j.left_s === null ? "" : `, ${span(j.left_s)} left`);
  if (j.action === "prbs" && j.phase === "measure") {
    const d = j.directions.find((x) => !x.finished);
    return d ? `${d.from} to ${d.to}, ${j.measured_s.toFixed(0)} of ${j.seconds} s` : "";
  }
  return span(j.elapsed_s);
}

function lanes(j, d, store) {
  const m = store.cages.get(d.to)?.monitors["media-ber"] ?? { limits: null };
  const number = (v) => el("td", { class: "number" }, v);
  const lock = (l) => (l.locked === null ? el("td", {}, "…") : !l.locked ? el("td", { class: "bad" }, "no lock") : l.lost ? el("td", { class: "warn" }, "lost meanwhile") : el("td", {}, "locked"));
  return el("table", { class: "lane-test" }, el("caption", {}, `${d.from} to ${d.to}`),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "lane"), el("th", { scope: "col" }, "pattern"), ["errors", "of bits", "error ratio", `${100 * j.confidence} % sure`, "SNR, dB"].map((t) => el("th", { scope: "col", class: "number" }, t)))),
    el("tbody", {}, d.lanes.map((l) => el("tr", { class: l.locked === false ? "hit" : "" }, el("th", { scope: "row" }, String(l.lane)), lock(l), l.locked === false ? [1, 2, 3, 4, 5].map(() => number("–")) : [ // what is counted without a lock says nothing
      number(l.errors === null ? "–" : l.errors.toLocaleString("en")), number(l.bits === null ? "–" : (l.estimated ? "≈ " : "") + l.bits.toExponential(1)),
      l.errors === 0 ? number("none seen") : reading("media-ber", m, l.ber),
      number(l.ber_high === null ? "–" : l.errors === 0 ? `below ${value("media-ber", "", l.ber_high)}` : `${value("media-ber", "", l.ber_low)} to ${value("media-ber", "", l.ber_high)}`),
      number(l.snr_db === null ? "–" : l.snr_db.toFixed(1))]))));
}

// Lanes that found no pattern, by direction.
function deafOf(j) {
  return (j.directions ?? []).map((d) => [d, d.lanes.filter((l) => l.locked === false).map((l) => l.lane)]).filter(([, v]) => v.length);
}

// What a test that is over says, in one sentence.
function verdict(j) {
  const all = j.directions.flatMap((d) => d.lanes.map((l) => ({ ...l, way: `${d.from} to ${d.to}` })));
  const deaf = deafOf(j);
  if (deaf.length)
    return [el("p", { class: "bad" }, deaf.map(([d, v]) => `${count(v.length, "lane")} (${runs(v)}) from ${d.from} found no pattern at ${d.to}.`).join(" ")),
      el("p", {}, el("b", {}, "Do: "), "see below what these lanes send and receive; what is dark at the far end is cut, dirty or not plugged. Then test again.")];
  const worst = all.filter((l) => l.ber !== null).sort((x, y) => y.ber - x.ber)[0];
  if (!worst) return [];
  return [el("p", {}, el("b", {}, `Every lane found its pattern. ${worst.errors === 0 ? `No error was seen: each ratio is below ${value("media-ber", "", Math.max(...all.map((l) => l.ber_high)))}.` : `The worst error ratio is ${value("media-ber", "", worst.ber)}, of lane ${worst.lane}, ${worst.way}.`}`))];
}

export function banks(j) {
  const yes = (v, word) => el("td", {}, v ? el("b", {}, word) : "–");
  return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Images of the module" }, el("table", { class: "banks" },
    el("thead", {}, el("tr", {}, ["image", "version", "can run", "runs now", "after a restart"].map((t) => el("th", { scope: "col" }, t)))),
    el("tbody", {}, j.banks.map((b) => el("tr", {}, el("th", { scope: "row" }, b.bank), el("td", {}, b.version ?? "none"), yes(b.valid, "yes"), yes(b.running, "runs"), yes(b.committed, "committed"))))));
}

function result(j, store) {
  if (j.action === "reset" && j.ok) {
    const links = store.linksOf(j.target), up = links.filter((d) => d.link.state === "up").length;
    return [el("p", {}, links.length ? (up === links.length ? `All of its links are up (${up}).` : `${up} of ${count(links.length, "link")} up so far.`) : "It has no links.")];
  }
  if (j.action === "prbs") return [...(j.over && !j.error ? verdict(j) : []), ...j.directions.filter((d) => d.lanes.length).map((d) =>
    el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": `Lanes from ${d.from} to ${d.to}` }, lanes(j, d, store)))];
  if (j.action === "firmware") return [j.restarts ? el("p", { class: "warn" }, `The download broke off ${j.restarts === 1 ? "once" : j.restarts + " times"} and was begun anew: ${j.trouble}`) : ""];
  return [];
}

// One job as a card. `stop` and `away`: what its button does while it runs, and afterwards.
export function card(j, store, stop, away) {
  const state = jobState(j), at = progress(j), what = j.action === "firmware" ? `Firmware: ${j.value}` : NAMES[j.action] ?? j.action;
  const button = (key, word, run) => el("button", { type: "button", class: "stop", "data-key": key + j.job, "data-of": String(j.job), onclick: () => run(j) }, word);
  const ended = store.summary && clock(store.summary.started_ms + 1000 * (j.began_s + j.elapsed_s));
  const look = state === "done" && deafOf(j).length ? "failed" : state; // a test that went well and found the worst
  return el("div", { class: "job " + look, "data-job": String(j.job) },
    el("p", { class: "row" }, el("b", { class: "state " + look }, what), el("span", {}, j.over ? state : PHASES[j.action]?.[j.phase] ?? j.phase),
      el("span", { class: "evidence" }, j.over ? `${ended}, took ${span(j.elapsed_s)}` : j.stopped ? "is being stopped" : far(j)),
      j.over ? button("away", "Put away", away) : j.action === "reset" ? "" : button("stop", "Stop", stop)),
    j.over ? "" : el("progress", { "aria-label": what, max: "1", value: at === null ? null : at.toFixed(3) }),
    j.error ? [el("p", { class: "bad" }, j.error), el("p", {}, el("b", {}, "Do: "), NEXT[j.action] ?? "")] : "",
    result(j, store));
}
