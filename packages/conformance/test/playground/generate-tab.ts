import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { expectAccessible } from "./accessible";
import { checkpoint, continued } from "./site";
import type { Visitor } from "./tab";

const prompts = ["Call me ", "The state of the Union is strong. ", "A whale"];
const tokens = 4;
const greedy = { temperature: 0, seed: 0 };

export function generateTab({ webgpu, open, shown, figure }: Visitor): void {
  const backend = webgpu ? "webgpu" : "auto";
  const loaded = async (state: Readonly<Record<string, string | readonly string[]>>): Promise<Page> => {
    const page = await open("generate", { backend, ...state });
    await page.getByRole("button", { name: /^Load/ }).click();
    await page.locator(".loaded, [role=alert]").first().waitFor();
    expect(await page.getByRole("alert").allTextContents()).toEqual([]);
    return page;
  };
  const generate = async (page: Page) => {
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Finished.").or(page.getByRole("alert")).first().waitFor();
    return page.locator("output").allTextContents();
  };

  it("streams what generate() makes in Node, and goes on from a state that was forked", async () => {
    const page = await loaded({ prompt: prompts, tokens: `${tokens}`, temperature: "0" });
    expect(await shown(".backend")).toMatch(
      webgpu
        ? /^WebGPU on .*swiftshader.*a software adapter/i
        : /^CPU: this browser offers no WebGPU adapter/,
    );
    await page.evaluate(`
        globalThis.seen = new Set();
        new MutationObserver(() => seen.add(document.querySelector("output")?.textContent.length))
          .observe(document.body, { subtree: true, childList: true, characterData: true });
      `);
    const expected = await continued(prompts, { ...greedy, maxNewTokens: 2 * tokens });
    const outputs = await generate(page);
    expect(outputs).toEqual(prompts.map((prompt, i) => prompt + expected[i]!.slice(0, tokens)));
    expect(await page.evaluate("seen.size")).toBeGreaterThan(3);
    expect(await figure("Prefill")).toMatch(/tokens\/s\n52 in \d/);
    expect(await figure("Decode")).toMatch(new RegExp(`tokens/s\n${(tokens - 1) * prompts.length} in \\d`));
    await page.getByRole("button", { name: "Fork prompt 1" }).click();
    await expectAccessible(page);
    for (const i of [2, 0]) await page.getByRole("button", { name: `Remove prompt ${i}` }).click();
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Finished.").waitFor();
    expect(await page.getByLabel("Continuation of fork 0").textContent()).toBe(expected[1]!.slice(tokens));
  });

  it("stops", async () => {
    const page = await loaded({ prompt: "A", tokens: "4096" });
    await page.getByRole("button", { name: "Generate" }).click();
    await page.locator("output").waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText("Stopped.").waitFor();
  });

  it("says plainly when WebGPU was asked for and is not there", async () => {
    const page = await open("generate", { backend: "webgpu" });
    await page.locator(".backend, [role=alert]").first().waitFor();
    expect(await page.getByRole("alert").allInnerTexts()).toEqual(
      webgpu
        ? []
        : ["WebGPU: the browser must offer an adapter, got none. Choose the CPU, or another browser."],
    );
  });

  it("loads a checkpoint from the disk, says what a bad file lacks, and samples as generate() does", async () => {
    const sampling = { temperature: 0.8, seed: 3 };
    const page = await open("generate", {
      backend: "cpu",
      checkpoint: "disk",
      prompt: prompts,
      tokens: "12",
      temperature: "0.8",
      "top-k": "0",
      seed: "3",
    });
    const input = page.locator("input[type=file]");
    await input.setInputFiles([join(checkpoint, "config.json")]);
    await page.getByRole("button", { name: /^Load, 8\d\d B/ }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toMatch(/it must have model.safetensors/);
    await input.setInputFiles(["config.json", "model.safetensors"].map((name) => join(checkpoint, name)));
    await page.getByRole("button", { name: /^Load, 13.7 MB/ }).click();
    await page.locator(".loaded").waitFor();
    expect(await shown(".loaded")).toMatch(/^gated_deltanet: 6.85 M parameters/);
    const expected = await continued(prompts, { ...sampling, maxNewTokens: 12 });
    expect(await generate(page)).toEqual(prompts.map((prompt, i) => prompt + expected[i]));
  });
}
