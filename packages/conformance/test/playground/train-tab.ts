import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { expectAccessible } from "./accessible";
import type { Visitor } from "./tab";

/** The first and the last loss of the plot, in bits. */
function losses(shown: string | null): readonly [number, number] {
  const [, first, last] = /from ([\d.]+) at 1 to ([\d.]+) at \d+/.exec(shown ?? "")!;
  return [Number(first), Number(last)];
}

export function trainTab({ webgpu, open, shown, figure }: Visitor): void {
  const backend = webgpu ? "webgpu" : "cpu";
  const steps = webgpu ? 6 : 24;
  const tiny = { backend, hidden: "16", layers: "1", tokens: "48", steps: `${steps}`, lr: "0.02" };

  it("trains a model whose loss falls, goes on with other documents, and gives a checkpoint that loads", async () => {
    const page = await open("train", tiny);
    const status = page.locator(".work [role=status]");
    await page.getByRole("tab", { name: "Pack" }).click();
    for (let i = 7; i > 0; i--) await page.getByRole("button", { name: `Remove document ${i}` }).click();
    await page.getByRole("textbox", { name: "Document 0" }).fill("abababababababababababababababab");
    await page.getByRole("tab", { name: "Train" }).click();
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await status
      .getByText(/^Finished after/)
      .or(page.getByRole("alert"))
      .waitFor();
    expect(await page.getByRole("alert").allTextContents()).toEqual([]);
    expect(await shown(".work [role=status]")).toContain(`Finished after ${steps} steps, 17,986 parameters`);
    const [first, last] = losses(await page.locator(".plot [role=img]").getAttribute("aria-label"));
    expect(first).toBeGreaterThan(7);
    expect(last).toBeLessThan(first - 1);
    expect(await page.locator(".samples li").count()).toBeGreaterThan(0);
    await expectAccessible(page);
    if (webgpu) return;

    await page.getByRole("tab", { name: "Pack" }).click();
    await page.getByRole("textbox", { name: "Document 0" }).fill("a much longer document, of other letters");
    await page.getByRole("tab", { name: "Train" }).click();
    await page.getByRole("button", { name: "Go on" }).click();
    await status.getByText(`Finished after ${2 * steps} steps`).waitFor();
    expect(await figure("Step")).toContain(`${2 * steps}`);

    const folder = mkdtempSync(join(tmpdir(), "webfla-download-"));
    const files: string[] = [];
    page.on("download", async (file) => {
      const path = join(folder, file.suggestedFilename());
      await file.saveAs(path);
      files.push(path);
    });
    await page.getByRole("button", { name: "Download the checkpoint" }).click();
    await expect.poll(() => files.length).toBe(2);
    await page.getByRole("tab", { name: "Generate" }).click();
    await page.getByLabel("Disk").check();
    await page.locator("input[type=file]").setInputFiles(files);
    await page.getByRole("button", { name: /^Load/ }).click();
    await page.locator(".loaded").waitFor();
    expect(await shown(".loaded")).toMatch(/^gated_deltanet: 0.02 M parameters/);
    rmSync(folder, { recursive: true });
  });

  it("learns documents that change while it runs, pauses, and is found again after the page was closed", async () => {
    const page = await open("train", { ...tiny, steps: "100000" });
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await page.locator("[data-figure=Step]").waitFor();
    if (!webgpu) {
      const loss = async () => Number((await figure("Loss")).split("\n")[1]);
      await page.getByRole("tab", { name: "Pack" }).click();
      for (let i = 7; i > 0; i--) await page.getByRole("button", { name: `Remove document ${i}` }).click();
      await page.getByRole("textbox", { name: "Document 0" }).fill("ab".repeat(40));
      await page.getByRole("tab", { name: "Train" }).click();
      // letters that it now sees alone are soon known
      await expect.poll(loss).toBeLessThan(1);
    }
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText(/^Paused after/).waitFor();
    const paused = Number(
      /after ([\d,]+) steps/.exec(await shown(".work [role=status]"))![1]!.replace(",", ""),
    );
    await open("train", { ...tiny, steps: "1" });
    await page.getByText(`This browser keeps a run of ${paused.toLocaleString("en")} steps`).waitFor();
    await page.getByRole("button", { name: "Restore it" }).click();
    await page.getByText(`Finished after ${(paused + 1).toLocaleString("en")} steps`).waitFor();
    await page.getByRole("button", { name: "Forget it" }).click();
    await expect.poll(() => page.locator(".kept").count()).toBe(0);
  });
}
