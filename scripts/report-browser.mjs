// Opens the pages that scripts/report-browser made, and uses them as a reader does.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.env.REPORT_BROWSER_MODULES, "x.js"));
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const out = process.argv[2];
const pages = JSON.parse(readFileSync(join(out, "pages.json"), "utf8"));

let failed = 0;
function check(page, claim, holds, found = "") {
  if (holds) return;
  failed += 1;
  console.log(`${page.name}: not so: ${claim}${found === "" ? "" : ` (${found})`}`);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/// A tab with the page in it; whatever it asks for or complains of is told.
async function opened(page, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(120_000);
  const tab = await context.newPage();
  const url = pathToFileURL(page.path).href;
  tab.on("request", request => check(page, "nothing is asked for", request.url() === url || request.url() === "data:,", request.url()));
  tab.on("console", message => check(page, "the console is silent", message.type() !== "error", message.text()));
  tab.on("pageerror", error => check(page, "no script fails", false, error.message));
  tab.on("dialog", dialog => { check(page, "no dialog opens", false, dialog.message()); dialog.dismiss(); });
  await tab.goto(url);
  return { tab, close: () => context.close() };
}

async function uses(page) {
  const { tab, close } = await opened(page);
  const number = selector => tab.locator(selector).count();
  check(page, "the graph has a node for each pin", await number(".g .n") === page.pins, await number(".g .n"));
  check(page, "each pin is told in detail", await number("article.pkg") === page.pins, await number("article.pkg"));
  await search(page, tab);
  await order(page, tab);
  await panel(page, tab);
  await focus(page, tab);
  if (await number("#target")) await targets(page, tab);
  if (page.hostile) await isText(page, tab);
  await close();
}

async function search(page, tab) {
  const rows = tab.locator("#matrix tbody tr");
  const all = await rows.count();
  await tab.keyboard.press("/");
  check(page, "`/` leads to the search", await tab.evaluate(() => document.activeElement.id === "find"));
  const name = await rows.first().getAttribute("data-n");
  await tab.fill("#find", name.slice(0, 200));
  const shown = await tab.locator("#matrix tbody tr:visible").count();
  check(page, "searching a name shows it", shown >= 1 && shown <= all && await rows.first().isVisible(), shown);
  await tab.fill("#find", "no package is called so");
  check(page, "what is not there is not shown", await tab.locator("#matrix tbody tr:visible").count() === 0);
  await tab.click("#reset");
  check(page, "all are shown again", await tab.locator("#matrix tbody tr:visible").count() === all);
}

async function order(page, tab) {
  const names = () => tab.locator("#matrix tbody tr").evaluateAll(rows => rows.map(row => row.dataset.n));
  const before = await names();
  await tab.click("[data-k=n]");
  const turned = await names();
  check(page, "names are sorted the other way round", JSON.stringify(turned) === JSON.stringify([...before].reverse()) || before.length === 1);
  await tab.click("[data-k=s]");
  const sizes = await tab.locator("#matrix tbody tr td.r").evaluateAll(cells => cells.map(cell => +cell.dataset.s));
  check(page, "the largest come first", sizes.every((size, at) => at === 0 || size <= sizes[at - 1]));
  check(page, "the order is told", await tab.locator("th:has([data-k=s])").getAttribute("aria-sort") === "descending");
  await tab.click("[data-k=n]");
  check(page, "names are sorted", JSON.stringify(await names()) === JSON.stringify(before));
}

async function panel(page, tab) {
  const link = tab.locator("#matrix tbody th a").last();
  await link.focus();
  await tab.keyboard.press("Enter");
  const opened = tab.locator("#drawer article").waitFor({ timeout: 5_000 });
  check(page, "a package opens", await opened.then(() => true, () => false));
  check(page, "the panel is read first", await tab.evaluate(() => document.activeElement.id === "drawer"));
  await tab.keyboard.press("Escape");
  check(page, "Escape closes it", !await tab.locator("#drawer").isVisible());
  check(page, "and leads back", await link.evaluate(link => document.activeElement === link));
}

async function focus(page, tab) {
  const expected = await tab.evaluate(() => {
    const edges = [...document.querySelectorAll("[data-e]")].map(edge => edge.dataset.e.split(" ").map(Number));
    const closure = way => {
      const seen = new Set([0]);
      for (let grown = true; grown;) {
        grown = false;
        for (const [tail, head] of edges) {
          const [from, to] = way ? [tail, head] : [head, tail];
          if (seen.has(from) && !seen.has(to)) { seen.add(to); grown = true; }
        }
      }
      return seen;
    };
    return new Set([...closure(true), ...closure(false)]).size;
  });
  const first = tab.locator(".g .n").first();
  await first.click();
  const lit = await tab.locator(".g.f .n.on").count();
  check(page, "focus shows what a package needs and what needs it", lit === expected, `${lit}, not ${expected}`);
  check(page, "focus is told", (await tab.locator("#focus").textContent()).includes("is needed by"));
  await tab.keyboard.press("Escape");
  check(page, "Escape shows all again", await tab.locator(".g.f").count() === 0);
  check(page, "the graph is one stop of the Tab key", await tab.locator(".g .n[tabindex='0']").count() === 1);
  if (page.pins > 2) {
    await first.focus();
    for (const key of ["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"]) await tab.keyboard.press(key);
    check(page, "arrow keys lead from node to node", await tab.evaluate(() => document.activeElement.matches(".n")));
  }
}

async function targets(page, tab) {
  await tab.selectOption("#target", "0");
  const nodes = await tab.locator(".g .n:not(.off)").count();
  check(page, "a target has its nodes alone", nodes === await tab.locator(".g .n.t0").count(), nodes);
  await tab.selectOption("#target", "");
}

async function isText(page, tab) {
  const found = await tab.evaluate(() => ({
    scripts: document.scripts.length,
    images: document.images.length,
    markup: document.querySelectorAll("main u, main script, main img, main style").length,
    handlers: [...document.querySelectorAll("*")].filter(element => [...element.attributes].some(one => one.name.startsWith("on"))).length,
    text: document.body.textContent,
  }));
  check(page, "there is one script, the page's own", found.scripts === 1, found.scripts);
  check(page, "no data became markup", found.images + found.markup + found.handlers === 0);
  check(page, "markup is shown as text", found.text.includes("<script>alert(1)</script><img src=x"));
  check(page, "marks that turn text are shown as numbers", found.text.includes("⟨U+202E⟩") && !found.text.includes("\u202e"));
  const width = await tab.evaluate(() => document.documentElement.scrollWidth);
  check(page, "a name of 10 000 characters does not widen the page", width <= 1280, width);
}

async function isAccessible(page, options) {
  const { tab, close } = await opened(page, { bypassCSP: true, ...options });
  await tab.evaluate(axe);
  for (const opens of [false, true]) {
    if (opens) {
      await tab.locator("#matrix tbody th a").first().click();
      await tab.locator("#drawer").waitFor();
    }
    const { violations } = await tab.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
    for (const { id, nodes } of violations) check(page, `axe-core passes ${id} in ${options.colorScheme}`, false, `${nodes.length}: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary.slice(0, 300)}`);
  }
  await close();
}

async function isReadable(page) {
  const { tab, close } = await opened(page, { javaScriptEnabled: false });
  const visible = async selector => (await tab.locator(selector).count()) > 0 && await tab.locator(selector).last().isVisible();
  check(page, "without scripts, packages are there in detail", await visible("article.pkg"));
  check(page, "without scripts, nothing is offered that needs one", !await visible(".tools") && !await visible("#drawer"));
  await close();
}

async function pictures(page) {
  for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [390, "dark"]]) {
    const { tab, close } = await opened(page, { viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme });
    const name = `${page.name}-${width}-${colorScheme}`;
    await tab.screenshot({ path: join(out, `${name}.png`) });
    await tab.evaluate(() => document.querySelectorAll(".canvas").forEach(canvas => { canvas.style.maxHeight = "none"; }));
    await tab.screenshot({ path: join(out, `${name}-full.png`), fullPage: true });
    const crowded = await tab.evaluate(() => [...document.querySelectorAll(".figures .n")].filter(n => n.scrollWidth > n.parentElement.clientWidth).map(n => n.textContent));
    check(page, `figures keep to their places at ${width}`, crowded.length === 0, crowded.join(", "));
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
    check(page, `the page is as wide as the window of ${width}`, wide <= width, wide);
    await tab.locator("#matrix tbody th a").first().click();
    await tab.locator("#drawer").waitFor();
    await tab.screenshot({ path: join(out, `${name}-panel.png`) });
    await close();
  }
  const { tab, close } = await opened(page);
  await tab.pdf({ path: join(out, `${page.name}.pdf`), format: "A4" });
  await close();
}

for (const page of pages) {
  await uses(page);
  for (const options of [{ colorScheme: "light" }, { colorScheme: "dark" }, { colorScheme: "light", viewport: { width: 390, height: 844 } }]) {
    await isAccessible(page, options);
  }
  await isReadable(page);
  await pictures(page);
  console.log(`${page.name}: looked at`);
}
await browser.close();
console.log(failed ? `${failed} claims do not hold` : "all claims hold");
process.exit(failed ? 1 : 0);
