// SPDX-License-Identifier: Apache-2.0
// All that this page can change. What would be disturbed is told first, by the daemon where it knows.
import { confirm, say, tried } from "./dialog.js";
import { count, el, rate } from "./dom.js";
import { act, ask, stateOf } from "./store.js";

function fates(title, links) {
  return links.length ? [el("h3", {}, title), el("ul", { class: "plain" }, links.map((d) => el("li", {}, el("span", { class: "state " + stateOf(d) }, stateOf(d)), ` ${d.link.id}, ${rate(d.link.rate_mbps)}`)))] : [];
}

function planned(title, links) {
  return links.length ? [el("h3", {}, title), el("ul", {}, links.map((l) => el("li", {}, `${l.id}, ${rate(l.rate_mbps)}`,
    l.verdict === "up" ? "" : [": ", el("b", { class: l.verdict === "down" ? "bad" : "warn" }, l.verdict), el("span", { class: "evidence" }, ` ${l.findings.map((f) => f.text).join("; ")}`)])))] : [];
}

const FIRMWARE = {
  run: ["Run the other image", "The module starts the image that does not run now. It is restarted for that.", true],
  "run hitless": ["Run the other image without a restart", "For modules that can change their firmware while traffic goes on; others refuse.", false],
  commit: ["Commit the image that runs", "The module runs it after each restart from now on. Traffic goes on.", false],
  download: ["Download an image", "The module keeps it beside the one that runs. Traffic goes on; readings pause while the module is busy.", false],
  update: ["Download, run and commit", "The image is sent while traffic goes on; then the module is restarted with it.", true],
  abort: ["Give up a download that was left open", "What was sent of it is lost. Traffic goes on.", false],
};

export class Actions {
  constructor(store) {
    this.store = store;
  }

  // Links that a module's restart takes down, and the others.
  disturbed(cage) {
    const links = this.store.linksOf(cage), others = this.store.links.size - links.length;
    return [...fates("These go down and come up again, as a rule within seconds", links),
      el("h3", {}, "These go on"), el("p", {}, others ? `${count(others, "link")} of other modules.` : "There are no others.")];
  }

  enable(d) {
    const run = () => act("enable", d.link.id, d.enabled ? "off" : "on");
    if (!d.enabled) return tried(run);
    confirm(`Switch ${d.link.id} off?`, [el("p", {}, "It stays down at both ends until it is switched on again."),
      ...this.siblings(d)], "Switch it off", run);
  }

  // Links that share a module with `d`.
  siblings(d) {
    const all = new Set(d.link.ends.flatMap((e) => this.store.linksOf(e.cage)));
    all.delete(this.store.links.get(d.link.id));
    return fates("Its siblings in the same modules go on", [...all]);
  }

  // What a re-split would do, before it is done.
  split(cage, mode) {
    tried(async () => {
      const p = await ask("preview", { cage, mode });
      confirm(`${cage}: ${p.from} to ${p.to}`, [
        ...planned("Stay as they are", p.kept), ...planned("New", p.added), ...planned("End", p.removed),
        ...(!p.kept.length && !p.added.length ? [el("p", { class: "warn" }, "No link would be left in this cage.")] : []),
        ...p.findings.map((f) => el("div", { class: "finding fatal" }, el("p", {}, f.text), f.remedy ? el("p", {}, el("b", {}, "Do: "), f.remedy) : "")),
        ...(p.plan ? [el("h3", {}, `Written to the module, lanes ${p.plan.changed.join(", ") || "none"} change`),
          el("ol", { class: "steps" }, p.plan.steps.map((s) => el("li", {}, s.text, s.why ? el("span", { class: "evidence" }, " — " + s.why) : "")))] : []),
      ], "Do it", () => act("mode", cage, mode));
    });
  }

  reset(cage) {
    tried(async () => {
      await act("reset", cage, "preview");
      confirm(`Reset the module in ${cage}?`, [el("p", {}, "It starts as if it had just been plugged."), ...this.disturbed(cage)],
        "Reset it", () => act("reset", cage, "now"));
    });
  }

  firmware(cage, verb, file) {
    const [title, what, restarts] = FIRMWARE[verb], value = file === undefined ? verb : `${verb} ${file}`;
    if (file === "") return say(title, [el("p", {}, "Name the image first: a file in the daemon's folder of images.")]);
    confirm(`${title}${file ? ` ${file}` : ""}: ${cage}`, [el("p", {}, what), ...(restarts ? this.disturbed(cage) : fates("All links go on", this.store.linksOf(cage)))],
      title, () => act("firmware", cage, value));
  }

  // Asking what a module holds disturbs nothing.
  look(cage) {
    tried(() => act("firmware", cage, "show"));
  }

  stop(job) {
    tried(() => act(job.action, job.target, "stop"));
  }

  // A test of lanes: how long, which way, with what.
  async test(d) {
    const [a, b] = d.link.ends.map((e) => e.cage), id = d.link.id;
    const seconds = el("input", { type: "number", id: "test-seconds", min: "1", max: "86400", value: "10", required: true });
    const way = el("select", { id: "test-way" }, el("option", { value: "" }, "both, one after the other"),
      el("option", { value: "from-a" }, `${a} sends to ${b}`), el("option", { value: "from-b" }, `${b} sends to ${a}`));
    const pattern = el("select", { id: "test-pattern" }, el("option", { value: "" }, "what both modules know"));
    confirm(`Test the lanes of ${id}`, [
      el("p", {}, "One module sends a pattern in the place of the traffic, the other one counts the errors of each lane."),
      el("div", { class: "form" }, el("label", { for: "test-seconds" }, "Seconds each way"), seconds, el("label", { for: "test-way" }, "Direction"), way,
        el("label", { for: "test-pattern" }, "Pattern"), pattern),
      ...(d.enabled ? fates("Out of service meanwhile; then it comes up again", [d]) :
        [el("h3", {}, "Out of service meanwhile"), el("p", {}, "It is switched off: nothing is disturbed, and it is off again afterwards.")]),
      ...this.siblings(d),
    ], "Begin the test", () => act("prbs", id, [seconds.value, way.value, d.enabled ? "force" : "", pattern.value].filter(Boolean).join(" ")));
    try { // which patterns there are says the standard's table
      const { codes } = await ask("explain", { field: "cmis.media_side_generator_pattern_select_lane", lane: 1 });
      pattern.append(...Object.values(codes).filter((t) => !/\s|reserved|custom/.test(t)).map((t) => el("option", { value: t }, t)));
    } catch { /* the modules choose */ }
  }
}
