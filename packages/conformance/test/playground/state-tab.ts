import { expect, it } from "vitest";
import { expectAccessible } from "./accessible";
import type { Visitor } from "./tab";

export function stateTab({ open, shown }: Visitor): void {
  const fact = async (variant: string, name: string) =>
    Number(await shown(`[data-variant="${variant}"] [data-fact="${variant} ${name}"]`));

  it("steps through a text: one variant adds, the other erases before it writes", async () => {
    const page = await open("state", {
      text: "abab",
      left: "linearAttn",
      right: "deltaRule",
      beta: "1",
      decay: "0",
    });
    await page.locator("[data-variant]").first().waitFor();
    // keys and values have length 1
    expect(await fact("linearAttn", "norm")).toBe(1);
    expect(await fact("deltaRule", "norm")).toBe(1);
    const next = page.getByRole("button", { name: "Next token" });
    for (let i = 0; i < 3; i++) await next.click();
    expect(await next.isDisabled()).toBe(true);
    expect(new URLSearchParams(page.url().split("?")[1]).get("token")).toBe("3");
    // b was written under a before: a sum has it twice, the delta rule takes away what it puts back
    expect(await fact("linearAttn", "erase")).toBe(0);
    expect(await fact("linearAttn", "norm")).toBeGreaterThan(2);
    expect(await fact("deltaRule", "erase")).toBeGreaterThan(0.8);
    expect(await fact("deltaRule", "norm")).toBeLessThan(2);
    expect(await shown("[data-variant=deltaRule] .recalls li:first-child")).toMatch(/^a/);
    const far = await page.getByText(/Its last state is/).allTextContents();
    expect(far).toHaveLength(2);
    await expectAccessible(page);
    for (const text of far) expect(text).toMatch(/to the bit|e-1[5-7] from/);
  });

  it("follows its settings, and is moved by keys", async () => {
    const page = await open("state", {
      text: "a b a b",
      left: "simpleGla",
      right: "kda",
      decay: "1",
      token: "6",
    });
    await page.locator("[data-variant=kda]").waitFor();
    const before = await fact("simpleGla", "decay");
    await page.getByLabel("Decay at a space").fill("3");
    await expect.poll(() => fact("simpleGla", "decay")).not.toBe(before);
    await page.getByRole("slider", { name: "Token" }).focus();
    await page.keyboard.press("ArrowLeft");
    await page.getByText("token 5 of 7").waitFor();
    await page.getByLabel("Right").selectOption("retention");
    await page.locator("[data-variant=retention]").waitFor();
  });
}
