import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import type { Visitor } from "./tab";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tabs = ["pack", "run", "state", "generate", "train", "bench"];

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary: string }[];
}

/** What axe holds to be serious on the page as it stands; its own time is not the page's. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe);
  const found = (await page.evaluate("axe.run().then(({ violations }) => violations)")) as Violation[];
  const serious = found.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(
    serious.map(
      ({ id, nodes }) => `${id}: ${nodes.map((n) => `${n.target}: ${n.failureSummary}`).join("; ")}`,
    ),
  ).toEqual([]);
  await page.evaluate("new Promise((done) => setTimeout(done, 50)).then(() => { longTasks.length = 0; })");
}

export function accessible({ open }: Visitor): void {
  it.each(tabs)("axe finds nothing serious on %s, light and dark, and it fits a phone", async (tab) => {
    const page = await open(tab);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await expectAccessible(page);
    }
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.emulateMedia({ colorScheme: null });
  });
}
