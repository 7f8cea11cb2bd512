import { expect, it } from "vitest";
import type { Visitor } from "./tab";

export function packTab({ open, shown, figure }: Visitor): void {
  const fact = (name: string) => shown(`[data-fact="${name}"] dd`);
  const document = ["five!", "333", "8 tokens", "22"];

  it("packs given documents, and says what that saves", async () => {
    await open("pack", { document, budget: "8", chunk: "2" });
    expect(await figure("Packed")).toBe("Packed\n18\ntokens of 4 sequences");
    expect(await figure("Padded")).toBe("Padded\n32\n4 × 8 tokens");
    expect(await figure("Saved")).toBe("Saved\n43.8 %\n14 tokens");
    expect(await figure("Rows filled")).toBe("Rows filled\n75.0 %\n3 rows of 8 tokens");
    expect(await figure("Chunks")).toBe("Chunks\n10\n16 padded");
    // 14 tokens of padding, 4 heads, 64 × 64 states
    expect(await figure("Not computed")).toContain("1.61 MFLOP");
    expect(await figure("Not moved")).toContain("57.3 kB");
    const arrays = await shown(".arrays");
    expect(arrays).toContain("cu_seqlens [N+1 = 5]\n0, 8, 13, 16, 18");
    expect(arrays).toContain("seq_idx [T = 18]\n0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3");
    expect(arrays).toContain(
      "(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (3, 0)",
    );
  });

  it("finds a token by keyboard and by pointer", async () => {
    const page = await open("pack", { document, budget: "8", chunk: "2" });
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
    expect(await shown(".workgroup")).toMatch(
      /chunk_indices\[5\] = \(1, 1\).*cu_seqlens\[1\] \+ 1 × 2 = 10 up to 12: 2 rows.*chunk 4 of the same sequence/s,
    );
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

  it("says when documents are too long for a link", async () => {
    const page = await open("pack", { document: ["abc"], budget: "100000" });
    await page.getByLabel("New documents").fill("x".repeat(70_000));
    await page.getByRole("button", { name: "Add" }).click();
    await page.getByText("too long for a link").waitFor();
    expect(await figure("Packed")).toBe("Packed\n70,003\ntokens of 2 sequences");
    expect(page.url()).toMatch(/#\/pack$/);
  });

  it("takes dropped files, and says which is no text", async () => {
    const page = await open("pack", { document: ["abc"], budget: "100" });
    const data = await page.evaluateHandle(`{
      const data = new DataTransfer();
      data.items.add(new File(["from a file"], "a.txt"));
      data.items.add(new File([new Uint8Array([0, 1, 2])], "b.bin"));
      data;
    }`);
    await page.locator("section.documents").dispatchEvent("drop", { dataTransfer: data });
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toBe(
      "b.bin: it must be text, got bytes that are none. Drop another file.",
    );
    expect(await page.getByRole("textbox", { name: "Document 1" }).inputValue()).toBe("from a file");
    expect(await figure("Packed")).toBe("Packed\n14\ntokens of 2 sequences");
  });
}
