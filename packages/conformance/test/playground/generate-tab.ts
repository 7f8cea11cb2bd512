import { expect, it } from "vitest";
import { limit, patience, type Visitor } from "./tab";

export const prompts = ["Call me ", "The state of the Union is strong. ", "A whale"];
export const tokens = 4;

export function generateTab(
  { webgpu, open, shown, figure }: Visitor,
  expected: () => readonly string[],
): void {
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
      expect(outputs).toEqual(prompts.map((prompt, i) => prompt + expected()[i]));
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
}
