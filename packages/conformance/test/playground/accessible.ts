import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, it } from "vitest";
import type { Visitor } from "./tab";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tabs = ["pack", "run", "state", "generate", "train", "bench"];

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

export function accessible({ open }: Visitor): void {
  it.each(tabs)("axe finds nothing serious on %s, light and dark, wide and narrow", async (tab) => {
    const page = await open(tab);
    await page.evaluate(axe);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as Violation[];
      const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect(
        serious.map(
          ({ id, nodes }) => `${id}: ${nodes.map((n) => `${n.target}: ${n.failureSummary}`).join("; ")}`,
        ),
      ).toEqual([]);
    }
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.emulateMedia({ colorScheme: null });
  });
}
