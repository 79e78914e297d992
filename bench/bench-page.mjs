// SPDX-License-Identifier: Apache-2.0
// How fast the page is at 64 cages x 8 links on twins (128 modules in the daemon), in Chromium.
// usage: python3 tests/web/test-page.py LANEWISED ROOT bench/bench-page.mjs
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [lanewised, , modules, browser] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "x.js"))("playwright-core");
const CAGES = 64, ROUNDS = 9, TOKEN = "0123456789abcdef0123456789";
const dir = mkdtempSync(join(tmpdir(), "lw-bench-page-")), log = join(dir, "log");

const each = (f) => Array.from({ length: CAGES }, (_, i) => f(i)).join("");
writeFileSync(join(dir, "f.yaml"), "fabric: bench\ndevices:\n" +
  ["near", "far"].map((s) => `  ${s}:\n    cages:\n` + each((i) => `      p${i}: {form: OSFP, mode: 8x100G, module: OSFP-800G-DR8}\n`)).join("") +
  "cables:\n" + each((i) => `  - {id: c${i}, cord: mpo16, fibre: OS2, length_m: 30, a: near/p${i}, b: [far/p${i}]}\n`));
writeFileSync(join(dir, "tokens"), `op ${TOKEN}\n`, { mode: 0o600 });
writeFileSync(join(dir, "d.yaml"), "fabric: f.yaml\nmodules: twins\napi: {address: 127.0.0.1, port: 0, tokens: tokens}\n");
const fd = openSync(log, "w"), daemon = spawn(lanewised, [join(dir, "d.yaml")], { stdio: ["ignore", fd, fd] });
const exited = new Promise((r) => daemon.on("exit", r));

async function until(f, what) {
  for (const end = Date.now() + 120000; Date.now() < end; await new Promise((r) => setTimeout(r, 50))) {
    const got = await f();
    if (got) return got;
  }
  throw new Error("waited in vain for " + what);
}

const middle = (v) => [...v].sort((a, b) => a - b)[v.length >> 1];
const print = (what, v, bar) => console.log(`  ${what.padEnd(46)} ${middle(v).toFixed(0).padStart(5)} ms, worst ${Math.max(...v).toFixed(0)}${bar ? `   (bar ${bar})` : ""}`);

process.on("exit", () => { daemon.kill("SIGTERM"); rmSync(dir, { recursive: true, force: true }); });
const port = await until(() => readFileSync(log, "utf8").match(/api at="http:\/\/127.0.0.1:(\d+)/)?.[1], "the API");
const api = `http://127.0.0.1:${port}/`;
await until(async () => (await (await fetch(api + "api/v1/summary")).json()).up === 8 * CAGES, "all links");
const b = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] });

// From the navigation until the panels are there, and until a click on the last cage has shown it;
// what that costs the page's own thread, which does not depend on what else the machine does.
const ready = [], clicked = [], cost = [];
const spent = async (cdp) => 1000 * (await cdp.send("Performance.getMetrics")).metrics.find((m) => m.name === "TaskDuration").value;
let page;
for (let i = 0; i < ROUNDS; i++) {
  await page?.close();
  page = await b.newPage({ viewport: { width: 1400, height: 900 } });
  await page.addInitScript(() => {
    new MutationObserver(() => {
      if (document.body?.dataset.ready && !window.readyAt) {
        window.readyAt = performance.now();
        document.querySelector('.cage[data-id="far/p63"]').click();
      }
      if (window.readyAt && !window.shownAt && document.querySelector("#detail h2")?.textContent.includes("far/p63")) window.shownAt = performance.now();
    }).observe(document, { attributes: true, childList: true, subtree: true });
  });
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const before = await spent(cdp);
  await page.goto(api);
  await until(() => page.evaluate(() => window.shownAt), "the page");
  cost.push((await spent(cdp)) - before);
  const [r, c] = await page.evaluate(() => [window.readyAt, window.shownAt]);
  ready.push(r);
  clicked.push(c);
}

// From an action until its lane has its other colour, painted.
const seen = [];
for (let i = 0; i < 2 * ROUNDS; i++)
  seen.push(await page.evaluate(async ({ token, n, off }) => {
    const lane = document.querySelectorAll(`.cage[data-id="near/p${n}"] .lane`)[0], start = performance.now();
    const change = new Promise((done) => {
      const o = new MutationObserver(() => { if (lane.className.includes("off") === off) { o.disconnect(); requestAnimationFrame(() => done(performance.now() - start)); } });
      o.observe(lane, { attributes: true });
    });
    await fetch("/api/v1/actions", { method: "POST", headers: { "Content-Type": "application/json", Authorization: "Bearer " + token },
      body: JSON.stringify({ action: "enable", target: `near/p${n}:1 - far/p${n}:1`, value: off ? "off" : "on" }) });
    return change;
  }, { token: TOKEN, n: i >> 1, off: i % 2 === 0 }));

const search = [];
for (const text of ["near/p63", "OSFP-800G", "p1 up", "nothing like that", ""])
  search.push(await page.evaluate((t) => {
    const input = document.querySelector("#search"), start = performance.now();
    input.value = t;
    input.dispatchEvent(new Event("input"));
    document.body.offsetHeight; // lay it out
    return performance.now() - start;
  }, text));

console.log(`the page of ${8 * CAGES} links, ${2 * CAGES} modules, Chromium ${b.version()}`);
print("panels there after", ready, "1000");
print("a click on a cage answered after", clicked, "1000");
print("the page's thread worked for that", cost);
print("a change seen after", seen, "1000");
print("a search answered after", search);
await b.close();
daemon.kill("SIGTERM");
await exited;
