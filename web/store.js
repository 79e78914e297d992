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
    this.summary = null;
  }

  async start() {
    const source = new EventSource("/api/v1/stream");
    const on = (name, f) => source.addEventListener(name, (e) => f(JSON.parse(e.data)));
    source.onopen = () => (this.summary ? this.reload() : this.load().catch(() => this.reload()));
    source.onerror = () => this.tell("lost");
    on("reset", () => this.reload());
    on("link", (d) => { this.early?.push(() => this.putLink(d)); this.putLink(d); this.tell("link", d); });
    on("cage", (d) => { this.early?.push(() => this.putCage(d)); this.putCage(d); this.tell("cage", d); });
    on("summary", (d) => { this.summary = d; this.tell("summary"); });
    on("event", (d) => { this.events.unshift(d); this.events.length = Math.min(this.events.length, 500); this.tell("event", d); });
  }

  // Resets come in bursts; one load after the last of them is enough.
  reload() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load().catch(() => this.tell("lost")), 50);
  }

  async load() {
    this.early = []; // news that may be newer than what is being loaded
    const get = async (what) => (await fetch("/api/v1/" + what)).json();
    const [links, cages, summary, events] = await Promise.all(["links", "cages", "summary", "events"].map(get));
    this.links.clear();
    this.cages.clear();
    this.ends.clear();
    links.forEach((d) => this.putLink(d));
    cages.forEach((d) => this.putCage(d));
    this.early?.forEach((put) => put());
    this.early = null;
    this.summary = summary;
    this.events = events.reverse();
    this.tell("loaded");
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
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

// "up", "starting", "down", and "off" for those that nobody wants.
export function stateOf(d) {
  return d.enabled ? d.link.state : "off";
}

export async function act(action, target, value) {
  const token = sessionStorage.getItem("token");
  const answer = await fetch("/api/v1/actions", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: "Bearer " + token } : {}) },
    body: JSON.stringify({ action, target, value }),
  });
  const body = await answer.json();
  if (!body.ok) throw new Error(body.error);
}

// A question to the daemon; an error has its text and `status`.
export async function ask(what, parameters) {
  const answer = await fetch("/api/v1/" + what + "?" + new URLSearchParams(parameters));
  const body = await answer.json();
  if (body.error) throw Object.assign(new Error(body.error), { status: answer.status });
  return body;
}
