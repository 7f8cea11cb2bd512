import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrowserPage, describeInBrowser, openBrowserPage } from "../src/adapters";
import { buildPlayground, greedy, linkTo } from "./playground-site";

// few and short: a software adapter takes seconds a step
const patience = { timeout: 240_000 };
const limit = 300_000;
const prompts = ["Call me ", "The state of the Union is strong. ", "A whale"];
const tokens = 4;

describeInBrowser("the playground", () => {
  const root = mkdtempSync(join(tmpdir(), "webfla-site-"));
  const path = "some/where";
  let expected: readonly string[];

  beforeAll(async () => {
    // a host's own page, above the sub-path that the playground is put at
    writeFileSync(
      join(root, "index.html"),
      '<!doctype html><title>host</title><link rel="icon" href="data:," />',
    );
    await buildPlayground(join(root, path));
    expected = await greedy(prompts, tokens);
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
      home = `${browser.page.url()}${path}/`;
    });
    afterAll(() => browser?.close());

    /** A new page every time: a link is all that it starts from. */
    const open = async (tab: string, state: Record<string, string | readonly string[]>) => {
      await browser.page.goto("about:blank");
      await browser.page.goto(home + linkTo(tab, state));
      return browser.page;
    };
    const shown = async (selector: string) => (await browser.page.locator(selector).allInnerTexts()).join();
    const figure = (name: string) => shown(`[data-figure="${name}"]`);
    const fact = (name: string) => shown(`[data-fact="${name}"] dd`);

    it("packs given documents, and says what that saves", async () => {
      const document = ["five!", "333", "8 tokens", "22"];
      await open("pack", { document, budget: "8", chunk: "2" });
      expect(await figure("Packed")).toBe("Packed\n18\ntokens of 4 sequences");
      expect(await figure("Padded")).toBe("Padded\n32\n4 × 8 tokens");
      expect(await figure("Saved")).toBe("Saved\n43.8 %\n14 tokens");
      expect(await figure("Rows filled")).toBe("Rows filled\n75.0 %\n3 rows of 8 tokens");
      expect(await figure("Chunks")).toBe("Chunks\n10\n16 padded");
      const arrays = await shown(".arrays");
      expect(arrays).toContain("cu_seqlens [N+1 = 5]\n0, 8, 13, 16, 18");
      expect(arrays).toContain("seq_idx [T = 18]\n0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3");
      expect(arrays).toContain(
        "(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)",
      );
    });

    it("finds a token by keyboard and by pointer", async () => {
      const page = await open("pack", {
        document: ["five!", "333", "8 tokens", "22"],
        budget: "8",
        chunk: "2",
      });
      const rows = page.getByRole("slider", { name: "Packed rows" });
      await rows.focus();
      for (const key of ["ArrowDown", "ArrowRight", "ArrowRight"]) await page.keyboard.press(key);
      expect([await fact("token"), await fact("sequence"), await fact("position")]).toEqual([
        "10 of 18",
        "1",
        "2 of 5",
      ]);
      expect([await fact("chunk"), await fact("row"), await fact("byte")]).toEqual([
        "5 = (1, 1)",
        "1 of 3",
        "118 v",
      ]);
      const box = (await rows.boundingBox())!;
      await page.mouse.move(box.x + (box.width * 1.5) / 8, box.y + (box.height * 5) / 6);
      expect([await fact("token"), await fact("sequence"), await fact("position")]).toEqual([
        "17 of 18",
        "3",
        "1 of 2",
      ]);
    });

    it("takes pasted documents, refuses what does not fit a row, and keeps all of it in the link", async () => {
      const page = await open("pack", { document: ["abc"], budget: "4" });
      await page.getByLabel("New documents").fill("de\n---\nfghij");
      await page.getByRole("button", { name: "Add" }).click();
      expect(await shown("[role=alert]")).toContain("5 tokens in document 2");
      await page.getByLabel("Split longer documents").check();
      expect(await figure("Packed")).toBe("Packed\n10\ntokens of 4 sequences");
      const link = page.url();
      await page.goto("about:blank");
      await page.goto(link);
      expect(await figure("Packed")).toBe("Packed\n10\ntokens of 4 sequences");
      expect(await page.getByRole("textbox", { name: "Document 2" }).inputValue()).toBe("fghij");
    });

    it(
      "streams what generate() makes in Node",
      async () => {
        const backend = webgpu ? "webgpu" : "auto";
        const page = await open("generate", {
          backend,
          prompt: prompts,
          tokens: `${tokens}`,
          temperature: "0",
        });
        await page.locator(".backend").waitFor();
        expect(await shown(".backend")).toMatch(
          webgpu
            ? /^WebGPU on .*swiftshader.*a software adapter/i
            : /^CPU: this browser offers no WebGPU adapter/,
        );
        await page.getByRole("button", { name: /^Load/ }).click();
        await page.locator(".loaded").waitFor(patience);
        await page.evaluate(`
        globalThis.seen = new Set();
        new MutationObserver(() => seen.add(document.querySelector("output")?.textContent.length))
          .observe(document.body, { subtree: true, childList: true, characterData: true });
      `);
        await page.getByRole("button", { name: "Generate" }).click();
        await page.getByText("Finished.").waitFor(patience);
        const outputs = await page.locator("output").allTextContents();
        expect(outputs).toEqual(prompts.map((prompt, i) => prompt + expected[i]));
        expect(await page.evaluate("seen.size")).toBeGreaterThan(3);
        expect(await figure("Prefill")).toMatch(/tokens\/s\n52 in \d/);
        expect(await figure("Decode")).toMatch(
          new RegExp(`tokens/s\\n${(tokens - 1) * prompts.length} in \\d`),
        );
      },
      limit,
    );

    it(
      "stops",
      async () => {
        const page = await open("generate", {
          backend: webgpu ? "webgpu" : "cpu",
          prompt: "A",
          tokens: "4096",
        });
        await page.getByRole("button", { name: /^Load/ }).click();
        await page.locator(".loaded").waitFor(patience);
        await page.getByRole("button", { name: "Generate" }).click();
        await page.locator("output").waitFor(patience);
        await page.getByRole("button", { name: "Stop" }).click();
        await page.getByText("Stopped.").waitFor(patience);
      },
      limit,
    );

    it("says plainly when WebGPU was asked for and is not there", async () => {
      const page = await open("generate", { backend: "webgpu" });
      await page.locator(".backend, [role=alert]").first().waitFor();
      expect(await page.getByRole("alert").allInnerTexts()).toEqual(
        webgpu
          ? []
          : ["WebGPU: the browser must offer an adapter, got none. Choose the CPU, or another browser."],
      );
    });

    it("asks no other host for anything, and logs no error", () => {
      expect(requested.length).toBeGreaterThan(0);
      expect(requested.filter((url) => !/^(about|blob|data):/.test(url) && !url.startsWith(home))).toEqual(
        [],
      );
      expect(browser.errors).toEqual([]);
    });
  });
});
