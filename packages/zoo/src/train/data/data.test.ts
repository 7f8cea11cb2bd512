import { IGNORE_INDEX } from "@webfla/varlen";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { byteTokenizer } from "../../tokenizers";
import { type BatchOptions, type PackedBatch, packedBatches } from "./batches";
import { epochOrder, excerpts } from "./corpus";
import { prefetch } from "./prefetch";
import { textDocuments } from "./text";

const corpus = fc
  .array(fc.nat(40), { minLength: 1, maxLength: 12 })
  .filter((lengths) => lengths.some((n) => n > 1))
  .map((lengths) => lengths.map((length, d) => Int32Array.from({ length }, (_, t) => d * 100 + t)));

async function all(documents: readonly Int32Array[], options: BatchOptions, most = Number.POSITIVE_INFINITY) {
  const batches: PackedBatch[] = [];
  for await (const batch of packedBatches(documents, options)) if (batches.push(batch) >= most) break;
  return batches;
}

const pairs = (batches: readonly PackedBatch[]) =>
  batches
    .flatMap(({ tokens, labels }) => [...tokens].map((t, i) => [t, labels[i]!] as const))
    .filter(([, label]) => label !== IGNORE_INDEX);

const plain = ({ varlen, ...rest }: PackedBatch) => ({ ...rest, lengths: varlen.lengths });

describe("excerpts", () => {
  it("have every target of a document once, behind its opening token, in pieces no longer than asked", () => {
    const property = fc.property(corpus, fc.integer({ min: 2, max: 50 }), (documents, size) => {
      for (const document of documents) {
        const pieces = excerpts([document], size);
        expect(pieces.every((piece) => piece.length <= size && piece[0] === document[0])).toBe(true);
        expect(pieces.flatMap((piece) => [...piece.slice(1)])).toEqual([...document.slice(1)]);
      }
    });
    fc.assert(property);
    expect(() => excerpts([], 1)).toThrow("excerpt must be an integer from 2, got 1");
  });
});

describe("packedBatches", () => {
  it("predicts every token of every document once, from the token before it, cut or whole", async () => {
    const property = fc.asyncProperty(
      corpus,
      fc.integer({ min: 2, max: 50 }),
      async (documents, tokenBudget) => {
        const want = documents.flatMap((d) => [...d].slice(1).map((t) => [t - 1, t]));
        const cut = await all(documents, { tokenBudget, epochs: 1 });
        expect(pairs(cut)).toEqual(want);
        for (const { varlen, fillRatio } of cut.slice(0, -1)) {
          expect(varlen.totalTokens).toBe(tokenBudget);
          expect(fillRatio).toBe(1);
        }
        const whole = await all(documents, {
          tokenBudget: Math.max(41, tokenBudget),
          epochs: 1,
          documents: "whole",
        });
        expect(pairs(whole)).toEqual(want);
        expect(whole.some((b) => b.continues)).toBe(false);
      },
    );
    await fc.assert(property);
  });

  it("says which batch goes on with the document that was cut", async () => {
    const property = fc.asyncProperty(
      corpus,
      fc.integer({ min: 2, max: 50 }),
      async (documents, tokenBudget) => {
        const batches = await all(documents, { tokenBudget, epochs: 1 });
        for (const [i, { continues, tokens }] of batches.entries())
          expect(continues).toBe(
            i > 0 && tokens[0]! % 100 > 0 && tokens[0] === batches[i - 1]!.tokens.at(-1)! + 1,
          );
      },
    );
    await fc.assert(property);
  });

  it("goes on from any position as if it had never stopped, over epochs that are shuffled each in its own way", async () => {
    const property = fc.asyncProperty(
      corpus,
      fc.integer({ min: 2, max: 50 }),
      fc.constantFrom("cut" as const, "whole" as const),
      async (documents, budget, kind) => {
        const options = { tokenBudget: kind === "whole" ? 50 : budget, epochs: 3, seed: 5, documents: kind };
        const batches = await all(documents, options);
        for (const [i, { position }] of batches.slice(0, -1).entries()) {
          const [next] = await all(documents, { ...options, from: position }, 1);
          expect(plain(next!)).toEqual(plain(batches[i + 1]!));
        }
      },
    );
    await fc.assert(property, { numRuns: 30 });
    expect([...epochOrder(20, 1, 0)].sort((a, b) => a - b)).toEqual([...Array(20).keys()]);
    expect(epochOrder(20, 1, 0)).not.toEqual(epochOrder(20, 1, 1));
    expect(epochOrder(20, 1, 0)).not.toEqual(epochOrder(20, 2, 0));
  });

  it("takes a stream as it comes, and what fills no batch at its end", async () => {
    async function* stream() {
      for (let d = 0; d < 5; d++) yield Int32Array.from({ length: 3 + d }, (_, t) => 100 * d + t);
    }
    const sizes: number[] = [];
    for await (const { tokens } of packedBatches(stream(), { tokenBudget: 10 })) sizes.push(tokens.length);
    expect(sizes).toEqual([10, 10, 5]);
  });

  it("refuses what cannot be packed", async () => {
    const whole = { tokenBudget: 4, documents: "whole" } as const;
    await expect(all([new Int32Array(5)], whole)).rejects.toThrow(
      "tokenBudget = 4 tokens to stay whole, got 5",
    );
    await expect(all([new Int32Array(5)], { tokenBudget: 1 })).rejects.toThrow("an integer from 2, got 1");
    await expect(all([new Int32Array(0)], { tokenBudget: 4 })).rejects.toThrow("1 documents without any");
  });
});

describe("textDocuments", () => {
  it("reads texts, lines and fields of JSONL", () => {
    const read = (text: string, options?: object) =>
      textDocuments(text, byteTokenizer, options).map((d) => byteTokenizer.decode(d));
    expect(read("a\nb")).toEqual(["a\nb"]);
    expect(read("")).toEqual([]);
    expect(read("a\r\n\nb\n", { format: "lines" })).toEqual(["a", "b"]);
    expect(read('{"body":"x"}\n{"body":"y\\n"}\n', { format: "jsonl", field: "body" })).toEqual(["x", "y\n"]);
    expect([...textDocuments("a", byteTokenizer)[0]!]).toEqual([256, 97, 257]);
  });

  it("names the line at fault", () => {
    const jsonl = (text: string) => () =>
      textDocuments(text, byteTokenizer, { format: "jsonl", name: "x.jsonl" });
    expect(jsonl('{"text":"a"}\n{')).toThrow("x.jsonl:2 must be JSON");
    expect(jsonl('{"text":3}')).toThrow('x.jsonl:1 must have a text under "text", got number');
  });
});

describe("prefetch", () => {
  it("keeps order, reads ahead by its depth, ends its source, and hands failures on", async () => {
    let [made, ended] = [0, false];
    async function* numbers() {
      try {
        for (;;) {
          if (made === 7) throw new Error("seven");
          yield made++;
        }
      } finally {
        ended = true;
      }
    }
    const ahead = prefetch(numbers(), 3);
    const seen: number[] = [];
    for await (const n of ahead) {
      seen.push(n);
      if (n === 2) break;
    }
    expect([seen, ended]).toEqual([[0, 1, 2], true]);
    expect(made).toBeLessThanOrEqual(6);
    expect(ahead.waiting.waited).toBeGreaterThanOrEqual(0);
    const failing = (async () => {
      for await (const _ of prefetch(numbers(), 2));
    })();
    await expect(failing).rejects.toThrow("seven");
  });
});
