// SPDX-License-Identifier: Apache-2.0
// What the daemon says, kept up to date: documents of links and cages, the summary, events.

const HISTORY = 900; // readings of a cage that are remembered for its charts

export class Store extends EventTarget {
  constructor() {
    super();
    this.links = new Map();
    this.cages = new Map();
    this.ends = new Map(); // cage id -> links that end there
    this.series = new Map(); // cage id -> [{at, values}]
    this.events = [];
    this.jobs = new Map(); // number -> document
    this.summary = null;
    this.lost = false; // what is shown may be old
  }

  // All that there is; then the stream, from where that ends.
  start() {
    this.load().catch(() => {
      this.tell("lost");
      setTimeout(() => this.start(), 1000);
    });
  }

  listen(from) {
    const source = this.source = new EventSource("/api/v1/stream?from=" + from);
    const on = (name, f) => source.addEventListener(name, (e) => f(JSON.parse(e.data)));
    source.onopen = () => this.lost && this.reload();
    source.onerror = () => this.tell("lost");
    on("reset", () => this.reload());
    on("link", (d) => { this.early?.push(() => this.putLink(d)); this.putLink(d); this.tell("link", d); });
    on("cage", (d) => { this.early?.push(() => this.putCage(d)); this.putCage(d); this.tell("cage", d); });
    on("summary", (d) => { this.summary = d; this.tell("summary"); });
    on("job", (d) => { this.jobs.set(d.job, d); this.tell("job", d); });
    on("event", (d) => {
      if (this.events.some((e) => same(e, d))) return; // the list had it
      this.events.unshift(d);
      this.events.length = Math.min(this.events.length, 500);
      this.tell("event", d);
    });
  }

  // Resets come in bursts; one load after the last of them is enough.
  reload() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load().catch(() => this.tell("lost")), 50);
  }

  async load() {
    this.early = []; // news that may be newer than what is being loaded
    const from = [], get = async (what) => {
      const answer = await fetch("/api/v1/" + what);
      if (answer.headers.has("Lanewise-Next")) from.push(+answer.headers.get("Lanewise-Next"));
      return body(answer);
    };
    const [links, cages, summary] = await Promise.all(["links", "cages", "summary"].map(get));
    this.links.clear();
    this.cages.clear();
    this.ends.clear();
    links.forEach((d) => this.putLink(d));
    cages.forEach((d) => this.putCage(d));
    this.early?.forEach((put) => put());
    this.early = null;
    this.lost = false;
    this.summary = summary;
    if (!this.source) this.listen(Math.min(...from));
    this.tell("loaded");
    this.loadPast();
  }

  // Events and jobs of before, when what is seen first is there; what the stream told meanwhile is
  // newer. A question may be refused when many ask at once: then there is only what is told.
  async loadPast() {
    const [events, jobs] = await Promise.all(["events", "jobs"].map((what) => ask(what).catch(() => [])));
    const told = new Map(this.jobs), heard = this.events.filter((d) => !events.some((e) => same(e, d)));
    this.events = [...heard, ...events.reverse()].sort((a, b) => b.at_ms - a.at_ms).slice(0, 500);
    this.jobs.clear();
    for (const j of jobs) if (!told.get(j.job)?.over) this.jobs.set(j.job, j);
    for (const [n, j] of told) if (!this.jobs.has(n)) this.jobs.set(n, j);
    this.tell("past");
  }

  // The newest first, of what is wanted.
  jobsOf(wanted) {
    return [...this.jobs.values()].filter(wanted).sort((a, b) => b.job - a.job);
  }

  // Is a module of these cages at work for it?
  concerns(job, cages) {
    const ends = job.action === "prbs" ? (this.links.get(job.target)?.link.ends ?? job.directions.map((d) => ({ cage: d.to }))).map((e) => e.cage) : [job.target];
    return ends.some((e) => cages.includes(e));
  }

  putLink(d) {
    const id = d.link.id;
    this.links.set(id, d);
    for (const end of d.link.ends) {
      if (!this.ends.has(end.cage)) this.ends.set(end.cage, new Set());
      this.ends.get(end.cage).add(id);
    }
  }

  putCage(d) {
    this.cages.set(d.id, d);
    if (!Object.keys(d.monitors).length) return;
    if (!this.series.has(d.id)) this.series.set(d.id, []);
    const s = this.series.get(d.id);
    const values = {};
    for (const [name, m] of Object.entries(d.monitors)) values[name] = m.value;
    s.push({ at: Date.now(), values });
    if (s.length > HISTORY) s.shift();
  }

  linksOf(cage) {
    return [...(this.ends.get(cage) ?? [])].map((id) => this.links.get(id)).filter(Boolean);
  }

  tell(what, detail) {
    if (what === "lost") this.lost = true;
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

function same(e, d) {
  return e.at_ms === d.at_ms && e.link === d.link && e.to === d.to && e.cause === d.cause;
}

// "up", "starting", "down", and "off" for those that nobody wants.
export function stateOf(d) {
  return d.enabled ? d.link.state : "off";
}

// An answer's document; a refusal has its text and `status`.
async function body(answer) {
  const d = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(d.error), { status: answer.status });
  return d;
}

export async function act(action, target, value) {
  const token = sessionStorage.getItem("token");
  const answer = await fetch("/api/v1/actions", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: "Bearer " + token } : {}) },
    body: JSON.stringify({ action, target, value }),
  });
  return body(answer);
}

export async function ask(what, parameters = {}) {
  return body(await fetch("/api/v1/" + what + "?" + new URLSearchParams(parameters)));
}
