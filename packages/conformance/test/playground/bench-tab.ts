import { expect, it } from "vitest";
import { expectAccessible } from "./accessible";
import type { Visitor } from "./tab";

export function benchTab({ webgpu, open, shown }: Visitor): void {
  it("measures here, says how far from the CPU it is, and stands beside the committed results", async () => {
    const suite = webgpu ? "plans" : "packing";
    const page = await open("bench", {
      variant: "retention",
      tokens: "64",
      suite,
      on: webgpu ? "webgpu" : "cpu",
    });
    await page.getByRole("button", { name: "Measure" }).click();
    await page.getByText(/^Measured on/).waitFor();
    const far = /is ([\d.e-]+) from/.exec(await shown(".work [role=status]"))![1];
    expect(Number(far)).toBeLessThan(1e-5);
    await page.locator(`[data-suite=${suite}] summary`).click();
    const series = await page.locator(`[data-suite=${suite}] tbody th`).allTextContents();
    expect([...new Set(series)]).toEqual(webgpu ? ["in chunks", "token by token"] : ["packed", "padded"]);
    const comparison = await shown(".comparison");
    expect(comparison).toMatch(/NVIDIA H200/);
    expect(comparison).toMatch(
      webgpu
        ? /Chunks against token by token\s+[\d.]+ ×\s+192 ×/
        : /Packed against padded\s+[\d.]+ ×\s+6.08 ×/,
    );
    await page.getByText("JSON", { exact: true }).click();
    await expectAccessible(page);
    const { points } = JSON.parse(await shown(".json pre")) as {
      points: { ms: number }[];
    };
    expect(points.length).toBe(webgpu ? 2 : 8);
    expect(Math.min(...points.map(({ ms }) => ms))).toBeGreaterThan(0);
  });
}
