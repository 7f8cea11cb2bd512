import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrowserPage, describeInBrowser, openBrowserPage } from "../src/adapters";
import { accessible } from "./playground/accessible";
import { benchTab } from "./playground/bench-tab";
import { generateTab } from "./playground/generate-tab";
import { packTab } from "./playground/pack-tab";
import { runTab } from "./playground/run-tab";
import { buildPlayground } from "./playground/site";
import { stateTab } from "./playground/state-tab";
import { linkTo, type Visitor } from "./playground/tab";
import { trainTab } from "./playground/train-tab";

/** The longest that the page's own thread may be held, in milliseconds. */
const longestTask = 200;

describeInBrowser("the playground", () => {
  const root = mkdtempSync(join(tmpdir(), "webfla-site-"));
  const path = "some/where";

  beforeAll(async () => {
    // a host's own page, above the sub-path that the playground is put at
    writeFileSync(
      join(root, "index.html"),
      '<!doctype html><title>host</title><link rel="icon" href="data:," />',
    );
    await buildPlayground(join(root, path));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("has less than 1 MB of script", () => {
    const assets = join(root, path, "assets");
    const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
    expect(scripts.length).toBeGreaterThan(1); // the page and its worker
    expect(scripts.reduce((sum, name) => sum + statSync(join(assets, name)).size, 0)).toBeLessThan(1e6);
  });

  describe.each([
    { title: "with WebGPU on SwiftShader", webgpu: true },
    { title: "without WebGPU", webgpu: false },
  ])("$title", ({ webgpu }) => {
    let browser: BrowserPage;
    let home: string;
    const requested: string[] = [];

    beforeAll(async () => {
      browser = await openBrowserPage({ folder: root }, { webgpu });
      browser.page.on("request", (request) => requested.push(request.url()));
      await browser.page.addInitScript(`
        globalThis.longTasks = [];
        new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((task) => task.duration)))
          .observe({ type: "longtask", buffered: true });
      `);
      home = `${browser.page.url()}${path}/`;
    });
    afterAll(() => browser?.close());

    const longest: number[] = [];
    const look = async () => {
      const tasks = (await browser.page.evaluate("globalThis.longTasks ?? []")) as number[];
      longest.push(...tasks);
    };
    const shown = async (selector: string) => (await browser.page.locator(selector).allInnerTexts()).join();
    const visitor: Visitor = {
      webgpu,
      async open(tab, state = {}) {
        await look();
        await browser.page.goto("about:blank");
        await browser.page.goto(home + linkTo(tab, state));
        return browser.page;
      },
      shown,
      figure: (name) => shown(`[data-figure="${name}"]`),
    };

    describe("Pack", () => packTab(visitor));
    describe("Run", () => runTab(visitor));
    describe("State", () => stateTab(visitor));
    describe("Generate", () => generateTab(visitor));
    describe("Train", () => trainTab(visitor));
    describe("Bench", () => benchTab(visitor));
    it("holds the page's own thread for no longer than a blink", async () => {
      await look();
      expect(Math.max(0, ...longest)).toBeLessThan(longestTask);
    });

    describe("everyone", () => accessible(visitor));

    it("asks no other host for anything, and logs no error", () => {
      expect(requested.length).toBeGreaterThan(0);
      expect(requested.filter((url) => !/^(about|blob|data):/.test(url) && !url.startsWith(home))).toEqual(
        [],
      );
      expect(browser.errors).toEqual([]);
    });
  });
});
