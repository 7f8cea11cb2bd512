import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { expectAccessible } from "./accessible";
import type { Visitor } from "./tab";

const errorsOn = (page: Page): Promise<number[]> =>
  page
    .locator("[data-error]")
    .evaluateAll((cells) => cells.map((cell) => Number((cell as HTMLElement).dataset["error"])));

export function runTab({ webgpu, open, shown }: Visitor): void {
  const on = webgpu ? "both" : "cpu";
  const tiny = { lengths: "5,0,18,1", H: "1", HV: "2", K: "4", V: "4", on };

  it("runs a variant forward and backward, within tolerance of the oracle, and shows what ran", async () => {
    const page = await open("run", { variant: "kda", ...tiny });
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.locator("[data-tensor]").first().waitFor();
    const names = await page
      .locator("[data-tensor]")
      .evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset["tensor"]));
    expect(names).toEqual(["o", "finalState", "dq", "dk", "dv", "dinitialState", "dg", "dbeta"]);
    const errors = await errorsOn(page);
    expect(errors).toHaveLength(names.length * (webgpu ? 2 : 1));
    expect(Math.max(...errors)).toBeLessThan(1e-5);
    await page.getByRole("button", { name: "dk", exact: true }).click();
    expect(await page.getByRole("img", { name: /^dk, CPU: 4 by 24/ }).count()).toBe(1);
    await expectAccessible(page);
    if (!webgpu) {
      const link = page.url();
      await page.goto("about:blank");
      await page.goto(link);
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await page.locator("[data-tensor]").first().waitFor();
      expect(await errorsOn(page)).toEqual(errors);
      return;
    }
    expect(await page.getByRole("img", { name: /^WebGPU − CPU/ }).count()).toBe(1);
    const stage = page.locator("summary", { hasText: "recurrent/recurrent" });
    expect(await stage.textContent()).toContain("erase delta");
    await stage.click();
    const slot = page.getByRole("region", { name: "slots/erase.delta.wgsl" });
    expect(await slot.textContent()).toMatch(/slot erase[\s\S]*fn write\(w: Write\)/);
    expect(await shown(".wgsl .given")).toContain("const K = 4u;");
    expect(await shown("[data-side=webgpu]")).toMatch(/swiftshader/i);
    await expectAccessible(page);
  });

  it("changes a sequence, and finds that no other moved", async () => {
    const page = await open("run", {
      variant: "laws",
      decay: "value",
      erase: "none",
      ...tiny,
      backward: "0",
    });
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const test = page.getByRole("button", { name: "Leak test" });
    await test.waitFor();
    await page.getByLabel("Draw sequence").selectOption("2");
    await test.click();
    await page.getByText("Sequence 2 moved").waitFor();
    const moved = (n: number) => page.locator(`[data-moved="o ${n}"]`).textContent();
    expect(Number(await moved(2))).toBeGreaterThan(0.01);
    for (const n of [0, 1, 3]) expect(await moved(n)).toBe("unmoved");
  });

  it("draws lengths by keyboard, refuses what cannot be, and keeps the case in the link", async () => {
    const page = await open("run", { ...tiny, on: "cpu" });
    await page.getByLabel("Drawn").check();
    await page.getByRole("slider", { name: "Length of sequence 1" }).focus();
    for (const key of ["PageUp", "ArrowDown"]) await page.keyboard.press(key);
    await page.getByLabel("Variant").selectOption("rwkv7");
    await page.getByLabel("Value heads HV").fill("3");
    await page.getByLabel("Key heads H").fill("2");
    expect(await page.getByRole("alert").textContent()).toBe(
      "Value heads must be a multiple of key heads, got 3 and 2.",
    );
    expect(await page.getByRole("button", { name: "Run", exact: true }).isDisabled()).toBe(true);
    const query = new URLSearchParams(page.url().split("?")[1]);
    expect([query.get("lengths"), query.get("variant"), query.get("HV")]).toEqual([
      "5,15,18,1",
      "rwkv7",
      "3",
    ]);
  });

  it("stops", async () => {
    const page = await open("run", { ...tiny, lengths: "2000,2000", on: "cpu", K: "64", V: "64" });
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.locator("progress").waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped.").waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  if (webgpu)
    it("says that the device was lost, and runs on a new one", async () => {
      const page = await open("run", { ...tiny, variant: "l2norm", backward: "0", on: "cpu" });
      const run = page.getByRole("button", { name: "Run", exact: true });
      await run.click();
      await page.locator("[data-tensor]").first().waitFor();
      await page.workers()[0]!.evaluate(`{
          const request = GPUAdapter.prototype.requestDevice;
          GPUAdapter.prototype.requestDevice = async function (options) {
            return (globalThis.device = await request.call(this, options));
          };
        }`);
      await page.getByLabel("WebGPU", { exact: true }).check();
      await run.click();
      await page.locator("[data-side=webgpu]").waitFor();
      await page.workers()[0]!.evaluate("globalThis.device.destroy()");
      await run.click();
      await page.getByRole("alert").waitFor();
      expect(await page.getByRole("alert").textContent()).toMatch(/lost.*the next run opens a new one/);
      await run.click();
      await expect.poll(() => page.getByRole("alert").count()).toBe(0);
      await page.locator("[data-tensor=o]").waitFor();
    });
}
