import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteTokenizer } from "./byte";

const text = fc.string({ unit: "binary" });

describe("byteTokenizer", () => {
  it("opens with BOS, and ends with EOS when asked", () => {
    expect([...byteTokenizer.encode("é")]).toEqual([256, 0xc3, 0xa9]);
    expect([...byteTokenizer.encode("a", { bos: false, eos: true })]).toEqual([97, 257]);
  });

  it("gives every text back, at once and token by token", () => {
    const property = fc.property(text, (written) => {
      const tokens = byteTokenizer.encode(written, { eos: true });
      const read = new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(written));
      expect(byteTokenizer.decode(tokens)).toBe(read);
      const stream = byteTokenizer.stream();
      expect([...tokens].map((t) => stream.push(t)).join("") + stream.end()).toBe(read);
    });
    fc.assert(property);
  });

  it("gives a character when its last byte comes, and U+FFFD for one that is cut off", () => {
    const stream = byteTokenizer.stream();
    expect([0xf0, 0x9f, 0x90, 0x8b].map((b) => stream.push(b))).toEqual(["", "", "", "🐋"]);
    expect(stream.push(0xf0) + stream.end()).toBe("\ufffd");
  });

  it("gives no text for special and padding ids", () => {
    expect(byteTokenizer.decode([256, 72, 263, 105, 257])).toBe("Hi");
  });
});
