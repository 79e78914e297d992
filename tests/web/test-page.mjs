// SPDX-License-Identifier: Apache-2.0
// The page in a real browser, on twins: loads, splits a port, sees the siblings stay up, injects a
// fault and reads its diagnosis. Prints TAP. usage: test-page.mjs LANEWISED ROOT MODULES BROWSER
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, openSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [lanewised, root, modules, browser] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "x.js"))("playwright-core");
const axe = readFileSync(join(modules, "node_modules/axe-core/axe.min.js"), "utf8");
const TOKEN = "0123456789abcdef0123456789";
const dir = mkdtempSync(join(tmpdir(), "lw-page-"));
const log = join(dir, "log");

function assert(ok, what) {
  if (!ok) throw new Error(what);
}

async function until(f, what) {
  for (const end = Date.now() + 60000; Date.now() < end; ) {
    const got = await f();
    if (got) return got;
    await new Promise((r) => setTimeout(r, 50));
  }
  throw new Error("waited in vain for " + what);
}

// A load made for twins (docs/design/twin.md), of version 4.2.
function image(n) {
  const body = Buffer.from(Array.from({ length: n }, (_, i) => ((i * 7919) >> 3) & 255)), head = Buffer.alloc(64);
  let crc = 0xffffffff;
  for (const byte of body) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  head.write("LWTW\x04\x02\x00\x09", "latin1");
  head.writeUInt32BE(~crc >>> 0, 8);
  return Buffer.concat([head, body]);
}

copyFileSync(join(root, "examples/first-light.yaml"), join(dir, "first-light.yaml"));
writeFileSync(join(dir, "tokens"), `op ${TOKEN}\n`, { mode: 0o600 });
writeFileSync(join(dir, "d.yaml"), "fabric: first-light.yaml\nmodules: twins\nhistory: h.db\nfirmware: {folder: images}\napi: {address: 127.0.0.1, port: 0, tokens: tokens}\n");
mkdirSync(join(dir, "images"));
writeFileSync(join(dir, "images/new.bin"), image(3000));
const fd = openSync(log, "w");
const daemon = spawn(lanewised, [join(dir, "d.yaml")], { stdio: ["ignore", fd, fd] });
const exited = new Promise((r) => daemon.on("exit", r));

const b = await chromium.launch({ executablePath: browser, args: ["--no-sandbox"] });
const page = await b.newPage({ viewport: { width: 1400, height: 900 } });
const errors = [], foreign = [];
page.on("pageerror", (e) => errors.push(e.message));
page.on("console", (m) => m.type() === "error" && errors.push(m.text()));

const cage = (id) => page.locator(`.cage[data-id="${id}"]`);
const open = async (id) => { // the detail follows the address, a moment later
  await cage(id).click({ position: { x: 8, y: 8 } });
  await until(async () => (await page.locator("#detail h2").first().textContent()).startsWith(id), id);
};
const lanes = (id) => cage(id).locator(".lane").evaluateAll((v) => v.map((e) => e.className.split(" ")[1] ?? ""));
// How often each link went down, but those of one cage (or of none).
const flaps = (but) => page.evaluate(async (but) => JSON.stringify((await (await fetch("/api/v1/links")).json()).filter((d) => !d.link.ends.some((e) => e.cage === but) && d.link.id !== but).map((d) => [d.link.id, d.link.flaps])), but);
const card = () => page.locator("#detail .job");
const all = async (id, state, n) => (await lanes(id)).filter((s) => s === state).length === n;

// What axe finds to keep people out of the view as it is now, in dark or light.
async function barriers(what) {
  const found = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    for (const v of await page.evaluate(async () => (await window.axe.run()).violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ") + " " + n.failureSummary).join("; "))))
      found.push(`${what}, ${colorScheme}: ${v}`);
  }
  await page.emulateMedia({ colorScheme: null });
  return found;
}

const tests = {
  async loads_and_follows_links_as_they_come_up() {
    const port = await until(() => readFileSync(log, "utf8").match(/api at="http:\/\/127.0.0.1:(\d+)/)?.[1], "the API");
    page.on("request", (r) => r.url().startsWith(`http://127.0.0.1:${port}/`) || foreign.push(r.url()));
    await page.goto(`http://127.0.0.1:${port}/#token=${TOKEN}`);
    await page.waitForSelector("body[data-ready]");
    assert(!page.url().includes(TOKEN), "the token stays in the address");
    assert((await page.locator(".cage").count()) === 25, "25 cages");
    await until(() => all("leaf1/swp1", "up", 8), "eight lanes up");
    await until(async () => (await page.textContent("#counts")).includes("18 up"), "the count");
  },
  async cage_shows_its_module_and_readings() {
    await open("leaf1/swp1");
    const text = await page.textContent("#detail");
    assert(text.includes("OSFP-800G-DR8") && text.includes("LW000001"), text);
    await until(async () => (await page.textContent("#detail")).includes("Receive power, dBm"), "readings");
  },
  async registers_are_decoded_searched_and_explained() {
    await cage("leaf1/swp1").click({ position: { x: 8, y: 8 } });
    await page.click("#tab-registers");
    await page.waitForSelector("#register-page");
    await page.selectOption("#register-page", "11h 0");
    const row = (name) => page.locator(".register tr", { has: page.locator(`button:text-is("${name}")`) });
    await until(() => row("dp_state_host_lane[]").count(), "page 11h");
    const text = await row("dp_state_host_lane[]").textContent();
    assert(text.includes("11h:128.3-0") && text.includes("0x4") && text.includes("DPActivated"), text);
    assert((await row("optical_power_rx[]").textContent()).includes("mW"), "a unit");
    assert(/seen|never/.test(await row("los_flag_rx[]").textContent()), "flags as they were seen");
    await page.fill("#register-search", "bias");
    assert((await row("dp_state_host_lane[]").count()) === 0 && (await row("laser_bias_tx[]").count()) === 1, "what is looked for");
    await page.selectOption("#register-filter", "flag");
    assert((await row("laser_bias_tx[]").count()) === 0 && (await page.locator(".register tbody tr:not(.page):not(.about)").count()) === 4, "flags alone");
    await page.fill("#register-search", "");
    await page.selectOption("#register-filter", "all");
    await page.click('button:text-is("dp_state_host_lane[]")');
    await until(async () => (await page.textContent(".about:not([hidden])")).includes("0x04 DPActivated"), "what it means");
    const heard = await page.locator("#register-page").elementHandle();
    await page.waitForTimeout(1200); // readings come, and the list stays
    assert(await heard.evaluate((e) => e.isConnected), "the view was made anew");
  },
  async all_pages_of_a_module_are_searched_together() {
    await cage("leaf1/swp5").click({ position: { x: 8, y: 8 } });
    await page.waitForSelector("#register-page");
    await page.click("#register-all");
    await until(() => page.locator("#register-all:enabled").count(), "all pages");
    await page.fill("#register-search", "vendor_sn");
    assert((await page.textContent(".register")).includes("LW0"), "the serial number");
    await page.click("#tab-overview");
  },
  async split_is_previewed_then_done_and_siblings_stay_up() {
    await open("leaf1/swp3");
    await page.selectOption("#mode", "2x400G");
    await page.click('[data-key="split"]');
    await page.waitForSelector("#apply");
    assert((await page.evaluate(() => document.querySelector("dialog").scrollTop)) === 0, "the preview begins at its end");
    const plan = await page.textContent("dialog");
    assert(plan.includes("End") && plan.includes("gpu1/p0") && plan.includes("scs0_app_sel_code_lane") && plan.includes("hold the lanes that change down"), plan);
    await page.click("#apply");
    await until(async () => (await cage("leaf1/swp3").textContent()).includes("2x400G"), "the mode");
    for (const id of ["leaf1/swp1", "leaf1/swp2", "leaf1/swp4"]) assert(await all(id, "up", 8), id + " was touched");
    await page.selectOption("#mode", "8x100G");
    await page.click("#theme"); // leave the list
    await page.waitForTimeout(2500); // readings come, and what was chosen stays
    await page.click('[data-key="split"]');
    await page.click("#apply");
    await until(() => all("leaf1/swp3", "up", 8), "the links of before");
  },
  async charts_show_the_history_with_units_cursor_and_table() {
    await cage("leaf1/swp1").click({ position: { x: 8, y: 8 } });
    await page.click("#tab-charts");
    const chart = (q) => page.locator(`figure[data-quantity="${q}"]`);
    for (const q of ["temperature", "tx-power", "rx-power", "tx-bias", "media-snr", "media-ber"])
      await until(() => chart(q).locator("svg.chart path.line").count(), "a chart of " + q);
    assert((await chart("rx-power").locator("path.line").count()) === 8, "eight lanes");
    assert((await chart("rx-power").locator("path.limit").count()) === 4, "four limits");
    assert((await chart("media-ber").locator("text").allTextContents()).some((t) => /^1e-\d+$/.test(t)), "decades");
    const plot = chart("rx-power").locator(".plot");
    await plot.focus();
    await page.keyboard.press("Home");
    const said = await plot.getAttribute("aria-valuetext");
    assert(/^\d\d:\d\d.*1: -?\d.*8: -?\d/.test(said) && (await chart("rx-power").locator(".hair circle").count()) === 8, said);
    await chart("rx-power").locator(".lane-mark").nth(2).click();
    assert((await chart("rx-power").locator("path.line").count()) === 7, "a lane is put away");
    await chart("rx-power").locator("summary").click();
    await until(async () => (await chart("rx-power").locator("tbody tr").count()) >= 1, "the table");
    assert((await chart("rx-power").textContent()).includes("No trend yet"), "no trend yet");
  },
  async charts_of_a_month_tell_the_days_to_a_limit() {
    const lane = (n, trend, slope) => ({ lane: n, points: Array.from({ length: 300 }, (_, i) => { const v = 1e-3 * 10 ** ((slope * i) / 100); return [Date.now() - (300 - i) * 8640000, v * 0.98, v, v * 1.02]; }),
      trend: { verdict: trend, hours: 720, per_day: slope, limit_name: null, limit: null, days: null, days_low: null, days_high: null } });
    const moving = lane(3, "moving", -0.1);
    Object.assign(moving.trend, { limit_name: "low-warning", limit: -5.9, days: 42.2, days_low: 30.4, days_high: null });
    await page.route("**/api/v1/history*", (r) => (r.request().url().includes("hours=720") ? r.fulfill({ json: { from_ms: Date.now() - 720 * 3600000, to_ms: Date.now(), lanes: [lane(1, "steady", 0), moving] } }) : r.continue()));
    await page.check('input[value="month"]');
    const text = () => page.textContent('figure[data-quantity="rx-power"] figcaption');
    await until(async () => (await text()).includes("Lane 3 reaches its low warning of -5.90 dBm in 42 days"), "the days");
    assert((await text()).includes("after 30 or never)"), await text());
    await page.unroute("**/api/v1/history*");
    await page.check('input[value="hour"]');
    await page.click("#tab-overview");
  },
  async reset_tells_what_it_disturbs_and_other_modules_go_on() {
    await open("leaf1/swp2");
    await page.click("#tab-service");
    const before = await flaps("leaf1/swp2");
    await page.click('[data-key="reset"]');
    await page.waitForSelector("#apply");
    const asked = await page.textContent("dialog");
    assert(/These go down.*leaf1\/swp2:1 - leaf2\/swp1.*leaf1\/swp2:2 - leaf3\/swp1.*These go on17 links/.test(asked), asked);
    await page.click("#apply");
    await until(async () => (await page.textContent("#counts")).includes("16 up"), "its links down");
    await until(async () => /Reset.*done.*All of its links are up \(2\)/.test(await card().textContent()), "its links up");
    assert((await flaps("leaf1/swp2")) === before, "links of other modules went down");
    assert(/leaf1\/swp2 done reset, took/.test(await page.textContent("#events")), "the log of it");
    assert(/reset of leaf1\/swp2: done/.test(await page.textContent("#told")), "said to who does not see");
  },
  async lane_test_shows_the_error_ratio_of_each_lane() {
    const link = "leaf1/swp1:2 - nic2/p0", before = await flaps(link);
    await cage("leaf1/swp1").locator(".lane").nth(5).click();
    await page.click('[data-key="test"]');
    await until(() => page.locator('#test-pattern option[value="PRBS-31Q"]').count(), "the patterns");
    const asked = await page.textContent("dialog");
    assert(/Out of service.*leaf1\/swp1:2 - nic2\/p0.*siblings.*leaf1\/swp1:1 - nic1\/p0/.test(asked), asked);
    await page.fill("#test-seconds", "1");
    await page.selectOption("#test-pattern", "PRBS-31Q");
    await page.click("#apply");
    await until(async () => (await card().count()) === 1 && (await page.locator("#detail progress").count()) === 1, "progress");
    assert((await page.textContent("#detail")).includes("in test"), "the link is in test");
    await until(async () => (await card().textContent()).includes("Every lane found its pattern"), "the verdict");
    assert(/Lane test.*done.*worst error ratio is \d\.\de-\d+, of lane \d/.test(await card().textContent()), await card().textContent());
    const rows = await page.locator(".lane-test tbody tr").allTextContents();
    assert(rows.length === 8 && rows.every((t) => /^[1-4]locked[\d,]+\d\.\de\+\d+\d\.\de-\d+\d\.\de-\d+ to/.test(t)), rows.join("\n"));
    await until(() => all("leaf1/swp1", "up", 8), "the link as before");
    assert((await flaps(link)) === before, "a sibling went down");
    await page.click('button:text-is("Put away")');
    assert((await card().count()) === 0, "it stays");
  },
  async firmware_is_asked_for_and_downloaded_under_traffic() {
    await open("leaf1/swp3");
    await page.click("#tab-service");
    const before = await flaps(null);
    await page.click('[data-key="show"]');
    const banks = async () => (await page.locator(".banks tbody tr").allTextContents()).join();
    await until(async () => (await banks()) === "A1.0yesrunscommitted,B1.0yes––,fixednone–––", "the images");
    await page.fill("#image", "new.bin");
    await page.click('[data-key="download"]');
    assert((await page.textContent("dialog")).includes("All links go on"), await page.textContent("dialog"));
    await page.click("#apply");
    await until(() => page.locator("#detail progress").count(), "progress");
    await until(async () => /Firmware: download new\.bin.*done/.test((await card().allTextContents()).join()), "its end");
    await page.click('[data-key="show"]');
    await until(async () => (await banks()).includes("B4.2yes––"), "the new image");
    assert((await flaps(null)) === before, "a link went down");
  },
  async what_is_refused_is_explained() {
    const dialog = () => page.textContent("dialog"), close = () => page.click('dialog button:text-is("Close")');
    await page.click('[data-key="download"]'); // leaf1/swp3, the name is still there
    await page.click('dialog button:text-is("Cancel")');
    await page.fill("#image", "none.bin");
    await page.click('[data-key="download"]');
    await page.click("#apply");
    await until(async () => (await dialog()).includes("That was refused"), "the refusal");
    assert((await dialog()).includes('there is no image "none.bin"'), await dialog());
    await close();
    await open("leaf1/swp4"); // a copper cable
    await page.click("#tab-service");
    await page.click('[data-key="reset"]');
    await until(async () => (await dialog()).includes("flat memory has nothing to reset"), "why not");
    await close();
    // without a token one is asked for, and then it goes on
    await page.evaluate(() => sessionStorage.removeItem("token"));
    await open("leaf1/swp2");
    await page.click("#tab-service");
    await page.click('[data-key="reset"]');
    await until(async () => (await dialog()).includes("That needs a token"), "the question");
    await page.fill("#token-text", TOKEN);
    await page.keyboard.press("Enter");
    await until(async () => (await dialog()).includes("Reset the module in leaf1/swp2?"), "going on");
    await page.keyboard.press("Escape");
    assert((await page.textContent("#token")) === "May change things", "the token");
    await page.click("#tab-overview");
    errors.splice(0, errors.length, ...errors.filter((e) => !/status of 40[149]/.test(e))); // the browser tells of refusals, too
  },
  async fault_is_seen_and_its_diagnosis_read() {
    await page.evaluate(async (token) => {
      await fetch("/api/v1/actions", { method: "POST", headers: { "Content-Type": "application/json", Authorization: "Bearer " + token },
        body: JSON.stringify({ action: "fault", target: "cut:leaf1/swp1:2", value: "on" }) });
    }, TOKEN);
    await until(() => all("leaf1/swp1", "down", 4), "four lanes down");
    assert(await all("leaf1/swp1", "up", 4), "the sibling went down");
    await cage("leaf1/swp1").locator(".lane").nth(5).click();
    await until(async () => (await page.textContent("#detail")).includes("the cable is cut") || (await page.locator("#detail .cause").count()) === 1, "a cause");
    await until(async () => (await page.textContent("#events")).includes("cable-cut"), "the event");
    const detail = await page.textContent("#detail");
    assert(detail.includes("Exchange in this order"), "the order of exchange");
    assert(detail.includes("OSFP-800G-DR8") && detail.includes("QSFP112-400G-DR4"), "both modules");
    const lanes2 = page.locator("table.ends tbody tr");
    assert((await lanes2.count()) === 4, "its lanes end to end");
    await until(async () => /^15.*dark alarm.*dark alarm.*11cable-cut$/.test(await lanes2.first().textContent()), "no light at either end");
    assert(/rx-los.*Do: check that the far end transmits/.test(detail), "findings with remedies");
    assert(detail.includes("What happened to it"), "its events");
  },
  async lane_test_without_light_finds_no_pattern() {
    await page.click('[data-key="test"]'); // of the link that was cut
    await page.fill("#test-seconds", "0");
    await page.click("#apply");
    assert(await page.locator("dialog #test-seconds:invalid").count(), "no seconds are taken");
    await page.fill("#test-seconds", "1");
    await page.selectOption("#test-way", "from-a");
    await page.click("#apply");
    await until(async () => /4 lanes \(1-4\) from leaf1\/swp1 found no pattern at nic2\/p0/.test(await page.textContent("#detail")), "the verdict");
    const rows = await page.locator(".lane-test tbody tr").allTextContents();
    assert(rows.join() === [1, 2, 3, 4].map((n) => n + "no lock–––––").join(), rows.join());
    assert(await page.locator(".job.failed").count(), "it looks well");
    await page.click('button:text-is("Put away")');
  },
  async search_finds_by_cause_and_part() {
    await page.fill("#search", "cable-cut");
    assert((await page.locator(".cage:not(.dim)").count()) === 2, "both ends of the cut");
    await page.fill("#search", "SFP28-25G-SR");
    assert((await page.locator(".cage:not(.dim)").count()) === 4, "four servers");
    assert((await page.textContent("#found")) === "4 of 25", await page.textContent("#found"));
    await page.fill("#search", "");
  },
  async keyboard_alone_is_enough() {
    await cage("leaf1/swp1").focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    assert((await page.textContent("#detail h2")).includes("leaf1/swp2"), await page.textContent("#detail h2"));
    const names = await page.locator(".cage").evaluateAll((v) => v.map((e) => e.getAttribute("aria-label")));
    assert(names.every((n) => /: (\d+ (up|starting|down|off)(, )?)+$|no link$/.test(n)), names.join("\n"));
  },
  async axe_finds_no_barrier_in_any_view() {
    const found = [];
    await page.evaluate(() => { delete document.documentElement.dataset.theme; });
    await cage("leaf1/swp1").click({ position: { x: 8, y: 8 } });
    for (const tab of ["overview", "charts", "registers", "service"]) {
      await page.click("#tab-" + tab);
      await until(() => page.locator({ overview: "#mode", charts: "svg.chart", registers: ".register button", service: "#image" }[tab]).count(), tab);
      if (tab === "charts") await page.locator("summary").first().click();
      if (tab === "registers") { await page.fill("#register-search", "state"); await page.locator(".register button").first().click(); await until(() => page.locator(".about dl").count(), "what it is"); }
      found.push(...(await barriers(tab)));
    }
    await page.click("#tab-overview");
    await cage("leaf1/swp1").locator(".lane").nth(5).click();
    found.push(...(await barriers("a link that is down")));
    await page.click('[data-key="test"]');
    found.push(...(await barriers("the question before a test")));
    await page.click('dialog button:text-is("Cancel")');
    await page.click("#token");
    found.push(...(await barriers("a dialog")));
    await page.click('dialog button:text-is("Close")');
    assert(!found.length, found.join("\n"));
  },
  async narrow_screen_shows_what_was_chosen() {
    await page.setViewportSize({ width: 400, height: 800 });
    await cage("leaf1/swp4").click({ position: { x: 8, y: 8 } });
    const top = () => page.evaluate(() => document.querySelector("#detail").getBoundingClientRect().top);
    await until(async () => (await top()) < 400, "the details in sight");
    for (const tab of ["overview", "charts", "registers", "service"]) {
      await page.click("#tab-" + tab);
      await page.waitForTimeout(300);
      assert(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), tab + " is wider than the screen");
    }
    await page.setViewportSize({ width: 1400, height: 900 });
  },
  async nothing_broke_and_nobody_else_was_asked() {
    assert(!errors.length, errors.join("; "));
    assert(!foreign.length, foreign.join("; "));
  },
};

let number = 0, failed = 0;
console.log(`1..${Object.keys(tests).length}`);
for (const [name, f] of Object.entries(tests)) {
  number++;
  try {
    await f();
    console.log(`ok ${number} - ${name}`);
  } catch (e) {
    failed++;
    console.log(`not ok ${number} - ${name}\n# ${String(e.message).split("\n").slice(0, 8).join("\n# ")}`);
  }
}
await b.close();
daemon.kill("SIGTERM");
await exited;
if (failed) console.log(readFileSync(log, "utf8").replace(/^/gm, "# "));
rmSync(dir, { recursive: true });
process.exit(failed ? 1 : 0);
