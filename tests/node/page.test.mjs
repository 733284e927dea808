// The engine's page in a real browser.
//
// ENGINE is an engine with the test app of `local/tests/engine_suite`; BROWSER is a Chromium's
// program. With SCREENSHOTS set to a folder, what the page looks like is kept there.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { chromium } from "playwright-core";

const { ENGINE, BROWSER, SCREENSHOTS } = process.env;
const ROOT = process.getuid?.() === 0;
// Nothing here takes longer unless it is broken; builds share the machine with the tests.
const PATIENCE = 20_000;

let profile, browser, page, trouble;

before(async () => {
  assert.ok(ENGINE && BROWSER, "set ENGINE and BROWSER");
  profile = await mkdtemp(join(tmpdir(), "page-browser-"));
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: BROWSER,
    headless: true,
    viewport: { width: 1280, height: 860 },
    args: [
      ...(ROOT ? ["--no-sandbox"] : []),
      "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync",
    ],
  });
  browser.setDefaultTimeout(PATIENCE);
});

after(async () => {
  await browser?.close();
  if (profile) await rm(profile, { recursive: true, force: true });
});

beforeEach(async () => {
  trouble = [];
  page = await browser.newPage();
  page.on("console", (said) => {
    if (["error", "warning"].includes(said.type())) trouble.push(`console: ${said.text()}`);
  });
  page.on("pageerror", (error) => trouble.push(`error: ${error.stack}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${ENGINE}/`)) trouble.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    window.violations = [];
    addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
    window.shifts = 0;
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries()) if (!shift.hadRecentInput) window.shifts += shift.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
});

afterEach(async () => {
  const violations = await page.evaluate(() => window.violations);
  await page.close();
  assert.deepEqual([...trouble, ...violations], []);
});

const open = (hash) => page.goto(`${ENGINE}/#/${hash}`);
const shot = (name) => SCREENSHOTS && page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });

async function json(path, options) {
  const response = await fetch(`${ENGINE}${path}`, options);
  assert.ok(response.ok, `${path}: ${response.status}`);
  return response.json();
}

// Sends an event; gives its id.
async function send(name, data = {}) {
  const sent = await json("/e/test", { method: "POST", body: JSON.stringify({ name, data }) });
  return sent.ids[0];
}

// Waits until the condition gives something.
async function eventually(what, condition) {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const found = await condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.fail(`not in time: ${what}`);
}

// The one run that an event started.
async function begun(event) {
  const found = await eventually("a run begins", async () => (await json(`/v1/events/${event}/runs`)).data[0]);
  return found.run_id;
}

async function ended(run) {
  return eventually("the run ends", async () => {
    const { data } = await json(`/v1/runs/${run}`);
    return data.status !== "Running" && data;
  });
}

const badge = (text) => page.locator("h1 + .badge", { hasText: text });
const row = (name) => page.locator(".line a", { has: page.locator("bdi", { hasText: new RegExp(`^${name}$`) }) });
const detail = async (name) => (await row(name).locator("small").innerText()).split(" · ");

test("a run grows while it is looked at, and is shown right when it is over", async () => {
  await open("runs");
  await page.getByRole("heading", { level: 1, name: "Runs" }).waitFor();
  const run = await begun(await send("shop/order.placed", { id: "4711" }));
  // The list shows it without being asked again.
  await page.locator("tbody tr", { has: page.locator(`a[href="#/runs/${run}"]`) }).locator(".badge", { hasText: "Running" }).waitFor();
  await page.locator(`a[href="#/runs/${run}"]`).click();
  await row("approval").waitFor();
  await badge("Running").waitFor();
  assert.deepEqual(await detail("approval"), ["wait for event", "waiting"]);
  const width = () => row("approval").locator("rect.waited").getAttribute("width");
  const before = await width();
  await eventually("the bar grows", async () => (await width()) !== before);
  const focus = row("charge card");
  await focus.focus();
  await shot("running");
  await page.evaluate(() => { window.shifts = 0; });
  await send("shop/order.approved", { id: "4711", by: "Ada" });
  await badge("Completed").waitFor();
  assert.ok(await focus.evaluate((link) => link === document.activeElement), "the focus stays where it was");
  const names = await page.locator(".line bdi").allInnerTexts();
  assert.equal(names[0], "load order");
  assert.deepEqual(names.slice(1, 4).sort(), ["charge card", "let it settle", "reserve stock"]);
  assert.deepEqual(names.slice(4), ["approval", "print label", "send receipt"]);
  assert.deepEqual(await detail("load order"), ["step", "completed", "2 attempts"]);
  assert.deepEqual(await detail("let it settle"), ["sleep", "completed"]);
  assert.equal(await row("load order").locator("rect.failed").count(), 1);
  assert.equal(await row("load order").locator("rect.ran").count(), 1);
  // Bars are to scale.
  const { steps } = await json(`/page/api/runs/${run}`);
  const step = (name) => steps.find((one) => one.name === name);
  const took = (one, from) => one.ended_at - one[from];
  const bar = async (name, kind) => (await row(name).locator(`rect.${kind}`).boundingBox()).width;
  const expected = took(step("charge card"), "started_at") / took(step("approval"), "created_at");
  const drawn = await bar("charge card", "ran") / await bar("approval", "waited");
  assert.ok(Math.abs(drawn / expected - 1) < 0.05, `${drawn} is not ${expected}`);
  await row("load order").click();
  await page.getByRole("heading", { name: "Attempts that failed" }).waitFor();
  assert.match(await page.locator(".attempts .fault").innerText(), /Unavailable: the order book is being copied/);
  assert.match(await page.locator("section pre").last().innerText(), /"total": 41\.5/);
  const shifts = await page.evaluate(() => window.shifts);
  assert.ok(shifts < 0.1, `the layout shifts: ${shifts}`);
  await row("print label").locator("xpath=following-sibling::div//a").click();
  await page.getByText("Invoked by").waitFor();
  await badge("Completed").waitFor();
  assert.equal(await page.locator("dd a.mono").first().innerText(), run);
});

test("the time between two attempts is seen", async () => {
  const event = await send("shop/order.placed", { id: "4712" });
  const run = await begun(event);
  await eventually("it waits", async () =>
    (await json(`/page/api/runs/${run}`)).steps.some((step) => step.name === "approval"));
  await send("shop/order.approved", { id: "4712", by: "Ada" });
  await ended(run);
  await open(`runs/${run}`);
  await row("load order").click();
  await page.getByRole("heading", { name: "Attempts that failed" }).waitFor();
  const begins = async (kind) => (await row("load order").locator(`rect.${kind}`).boundingBox()).x;
  // An attempt can fail within the millisecond in which it began.
  assert.ok(await begins("failed") <= await begins("between"));
  assert.ok(await begins("between") < await begins("ran"));
  await shot("completed");
});

test("a failed run says why", async () => {
  const run = await begun(await send("t/flaky", { key: "browser", times: 9 }));
  await ended(run);
  await open(`runs/${run}`);
  await badge("Failed").waitFor();
  assert.match(await page.locator(".fault").innerText(), /Shaky: attempt 3/, "once");
  assert.deepEqual(await detail("shaky"), ["step", "failed", "3 attempts"]);
  assert.equal(await row("shaky").locator("rect.failed").count(), 3);
  await row("shaky").click();
  await page.getByRole("heading", { name: "Attempts that failed" }).waitFor();
  const attempts = await page.locator(".attempts .fault strong + *, .attempts .fault p:first-child").allInnerTexts();
  assert.deepEqual(attempts, ["Shaky: attempt 1", "Shaky: attempt 2", "Shaky: attempt 3"]);
  await shot("failed");
});

test("rerun begins another run that leads back", async () => {
  const run = await begun(await send("t/three", { name: "again" }));
  await ended(run);
  await open(`runs/${run}`);
  await page.getByRole("button", { name: "Rerun" }).click();
  await page.getByText("Rerun of").waitFor();
  await badge("Completed").waitFor();
  const link = page.locator(`a[href="#/runs/${run}"].mono`);
  await link.click();
  await page.getByText("Reruns").waitFor();
});

test("cancel stops a run, after a question", async () => {
  const run = await begun(await send("t/wait", { id: "never" }));
  await open(`runs/${run}`);
  await row("answer").waitFor();
  page.once("dialog", (dialog) => dialog.dismiss());
  await page.getByRole("button", { name: "Cancel" }).click();
  assert.equal((await json(`/v1/runs/${run}`)).data.status, "Running");
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "Cancel" }).click();
  await badge("Cancelled").waitFor();
  assert.equal((await json(`/v1/runs/${run}`)).data.status, "Cancelled");
  assert.deepEqual(await detail("answer"), ["wait for event", "not finished"]);
  assert.equal(await page.getByRole("button", { name: "Cancel" }).count(), 0);
});

test("hostile names and values are text and nothing else", async () => {
  const event = await send('t/<img src=x onerror="window.pwned=3">');
  const run = await begun(event);
  await ended(run);
  await open("runs");
  await page.locator("td a", { hasText: "t/<img src=x" }).first().waitFor();
  await open("events");
  await page.locator("td a", { hasText: "t/<img src=x" }).first().waitFor();
  await open(`events/${event}`);
  await page.locator("h1", { hasText: "t/<img src=x" }).waitFor();
  await open(`runs/${run}`);
  await badge("Failed").waitFor();
  assert.match(await page.locator(".fault").innerText(), /<img src=x onerror/);
  const names = await page.locator(".line bdi").allInnerTexts();
  assert.equal(names[1], "⟨U+202E⟩txt.evil⟨U+202C⟩ سلام", "what turns the text around is shown");
  for (const [at, name] of names.entries()) {
    await page.locator(".line li a").nth(at + 1).click();
    await page.locator("h2 bdi", { hasText: name }).waitFor();
  }
  const [long, bar] = await Promise.all(["bdi", "svg"].map((part) => page.locator(`.line li:nth-child(2) ${part}`).boundingBox()));
  assert.ok(long.x + long.width <= bar.x, "a long name stays in its column");
  await page.locator(".line li a", { hasText: "a megabyte" }).click();
  await page.getByText("The first 19.5 KiB of 1.0 MiB.").waitFor();
  assert.ok((await page.locator("section pre").last().innerText()).length < 30_000);
  await shot("hostile");
  const [whole] = await Promise.all([
    browser.waitForEvent("page"),
    page.getByRole("link", { name: "Open the whole value" }).click(),
  ]);
  await whole.waitForLoadState();
  assert.equal(await whole.evaluate(() => document.contentType), "text/plain");
  assert.equal(await whole.evaluate(() => document.body.innerText.length), 1_048_587);
  await whole.close();
  assert.equal(await page.evaluate(() => window.pwned), undefined);
  assert.equal(await page.locator("main img, main script, main b").count(), 0);
});

test("events are sent and functions invoked with data as it was typed", async () => {
  await open("send");
  await page.getByLabel("Name").fill("t/three");
  await page.getByLabel("Data").fill("{oops");
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator("#told", { hasText: "not JSON" }).waitFor();
  await page.getByLabel("Data").fill('{"name": "typed", "big": 12345678901234567890}');
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator("h1", { hasText: "t/three" }).waitFor();
  assert.match(await page.locator("pre").innerText(), /"big": 12345678901234567890\b/);
  await page.locator("tbody .badge", { hasText: "Completed" }).waitFor();
  await page.getByRole("link", { name: "Functions" }).click();
  await page.locator("tr", { hasText: "test-tick" }).getByText(/ in \d+ ms|1\.00 s/).waitFor();
  await shot("functions");
  await page.getByRole("link", { name: "test-child" }).click();
  await page.getByLabel("Data").fill('{"n": 41}');
  await page.getByRole("button", { name: "Invoke" }).click();
  await badge("Completed").waitFor();
  assert.match(await page.locator("pre").first().innerText(), /"seen": 41/);
});

test("the list is filtered and paged", async () => {
  const events = Array.from({ length: 60 }, (_, size) => ({ name: "t/picky", data: { size: size + 3 } }));
  await json("/e/test", { method: "POST", body: JSON.stringify(events) });
  await open("runs");
  await page.getByLabel("Function").selectOption("test-picky");
  await page.getByRole("button", { name: "Filter" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 50);
  await page.getByRole("link", { name: "Older" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 10);
  await page.getByRole("link", { name: "Newest" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 50);
  await page.getByLabel("Text").fill("nothing like this");
  await page.getByLabel("Text").press("Enter");
  await page.getByText("No run fits.").waitFor();
});

test("the keyboard reaches everything in the order in which it is read", async () => {
  const run = await begun(await send("t/three", { name: "keys" }));
  await ended(run);
  await open(`runs/${run}`);
  await badge("Completed").waitFor();
  const seen = [];
  for (let at = 0; at < 12; at += 1) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => {
      const { activeElement: now } = document;
      const outline = getComputedStyle(now);
      return { text: (now.innerText || now.tagName).split("\n")[0], seen: outline.outlineStyle !== "none" };
    }));
  }
  assert.deepEqual(seen.map((one) => one.text).slice(0, 7),
    ["Skip to the content", "Runs", "Functions", "Events", "Send event", "Rerun", "t/three"]);
  assert.deepEqual(seen.map((one) => one.text).slice(7, 11), ["Run", "one", "two", "three"]);
  assert.ok(seen.every((one) => one.seen), "what has the focus shows it");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await page.locator("h2 bdi", { hasText: "three" }).waitFor();
});

test("every view has its headings, labels and contrast, light and dark", async () => {
  const run = await begun(await send("t/flaky", { key: "looks", times: 9 }));
  await ended(run);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const hash of ["runs", `runs/${run}`, "functions", "functions/test-three", "events", "send"]) {
      await open(hash);
      await page.locator("main h1").waitFor();
      if (hash === "runs") await page.locator("tbody tr").first().waitFor();
      await shot(`${colorScheme}-${hash.split("/").slice(0, hash.startsWith("f") ? 2 : 1).join("-")}${hash.startsWith("runs/") ? "-one" : ""}`);
      assert.deepEqual(await page.evaluate(problems), [], `${colorScheme} ${hash}`);
    }
  }
});

// What a checker of accessibility would find first: runs in the page.
function problems() {
  const found = [];
  const levels = [...document.querySelectorAll("h1, h2, h3")].map((heading) => Number(heading.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push("not one first heading");
  levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) found.push(`heading ${at} skips a level`); });
  for (const field of document.querySelectorAll("input, select, textarea")) {
    if (!field.labels?.length) found.push(`no label: ${field.name}`);
  }
  for (const one of document.querySelectorAll("a, button")) {
    if (!one.innerText.trim()) found.push(`no text: ${one.outerHTML.slice(0, 80)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
  if (new Set(ids).size !== ids.length) found.push("an id twice");
  if (document.documentElement.scrollWidth > innerWidth) found.push("wider than the window");
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text, under) => {
    canvas.fillStyle = under;
    canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    const layers = [];
    for (let up = one; up; up = up.parentElement) layers.unshift(getComputedStyle(up).backgroundColor);
    return layers.reduce((under, layer) => `rgb(${colour(layer, under)})`, "rgb(255, 255, 255)");
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (!texts.currentNode.nodeValue.trim() || !one.checkVisibility({ visibilityProperty: true }) || one.closest("option, .skip")) continue;
    const under = ground(one);
    const pair = [light(colour(getComputedStyle(one).color, under)), light(colour(under, under))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)}: ${texts.currentNode.nodeValue.slice(0, 40)}`);
  }
  return found;
}
