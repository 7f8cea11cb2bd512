import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fromLengths,
  nextTokenLabels,
  pack,
  packPadded,
  type Side,
  toMask,
  unpack,
  unpackPadded,
} from "./index";

const ragged = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 12 });
const side = fc.constantFrom<Side>("left", "right");
const numbered = (n: number) => Float32Array.from({ length: n }, (_, i) => i + 1);

describe("pack and unpack", () => {
  it("round-trip tokens and features", () =>
    fc.assert(
      fc.property(
        fc.array(fc.uint16Array({ maxLength: 9 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 4 }),
        (ids, features) => {
          const documents = ids.map((tokens) => tokens.slice(0, tokens.length - (tokens.length % features)));
          const { tokens, varlen } = pack(documents, { features });
          expect(tokens).toEqual(Uint16Array.from(documents.flatMap((d) => Array.from(d))));
          expect(Array.from(varlen.lengths)).toEqual(documents.map((d) => d.length / features));
          expect(unpack(tokens, varlen, { features })).toEqual(documents);
        },
      ),
    ));

  it.each([
    Int8Array.of(1, 2),
    Uint8Array.of(1, 2),
    Uint8ClampedArray.of(1, 2),
    Int16Array.of(1, 2),
    Int32Array.of(1, 2),
    Uint32Array.of(1, 2),
    Float32Array.of(1.5, 2),
    Float64Array.of(1.5, 2),
    BigInt64Array.of(1n, -2n),
    BigUint64Array.of(1n, 2n),
  ])("keep the type of $constructor.name", (x) => {
    const { tokens, varlen } = pack([x, x]);
    expect(tokens.constructor).toBe(x.constructor);
    expect(unpack(tokens, varlen)).toEqual([x, x]);
  });

  it("copy, and read views where they lie", () => {
    const whole = Int32Array.of(9, 1, 2, 3, 9);
    const { tokens, varlen } = pack([whole.subarray(1, 3), whole.subarray(3, 4)]);
    whole.fill(0);
    expect(Array.from(tokens)).toEqual([1, 2, 3]);
    const [first] = unpack(tokens, varlen);
    first!.fill(7);
    expect(Array.from(tokens)).toEqual([1, 2, 3]);
  });

  it("read a Buffer as bytes", () => {
    const { tokens, varlen } = pack<Uint8Array>([Buffer.from("to"), Buffer.from("gether")]);
    expect(new TextDecoder().decode(tokens)).toBe("together");
    expect(unpack(tokens, varlen).map((x) => new TextDecoder().decode(x))).toEqual(["to", "gether"]);
  });
});

describe("padded rows", () => {
  it("round-trip on either side, by varlen and by mask", () =>
    fc.assert(
      fc.property(
        ragged,
        side,
        fc.nat(3),
        fc.integer({ min: 1, max: 3 }),
        (lengths, side, more, features) => {
          const varlen = fromLengths(lengths);
          const width = varlen.maxLength + more;
          const x = numbered(varlen.totalTokens * features);
          const padded = unpackPadded({ x, varlen, side, width, features });
          expect(padded.shape).toEqual([lengths.length, width]);
          const mask = toMask(varlen, { side, width });
          expect(Array.from(padded.x, (v) => (v === 0 ? 0 : 1))).toEqual(
            Array.from(mask).flatMap((bit) => Array(features).fill(bit)),
          );
          const common = { x: padded.x, shape: padded.shape, features };
          expect(packPadded({ ...common, varlen, side })).toEqual({ x, varlen });
          const byMask = packPadded({ ...common, mask });
          expect(byMask.x).toEqual(x);
          expect(Array.from(byMask.varlen.lengths)).toEqual(lengths);
        },
      ),
    ));

  it("lie where the side says, filled as asked", () => {
    const varlen = fromLengths([2, 0, 3]);
    const x = Int32Array.of(1, 2, 3, 4, 5);
    const rows = (side: Side) => Array.from(unpackPadded({ x, varlen, side, fill: -1 }).x);
    expect(rows("left")).toEqual([-1, 1, 2, -1, -1, -1, 3, 4, 5]);
    expect(rows("right")).toEqual([1, 2, -1, -1, -1, -1, 3, 4, 5]);
    expect(
      unpackPadded({ x: BigInt64Array.of(7n), varlen: fromLengths([0, 1]), side: "left", fill: 2n }).x,
    ).toEqual(BigInt64Array.of(2n, 7n));
  });

  it("takes rows padded on different sides by their mask", () => {
    const packed = packPadded({ x: Uint8Array.of(0, 1, 2, 0), shape: [2, 2], mask: [0, 1, 1, 0] });
    expect(Array.from(packed.x)).toEqual([1, 2]);
  });

  it("lets explicit lengths win over a mask", () => {
    const varlen = fromLengths([1, 2]);
    const x = Uint8Array.of(1, 2, 3, 4);
    const mask = [1, 1, 1, 1];
    const packed = packPadded({ x, shape: [2, 2], varlen, side: "right", mask });
    expect(Array.from(packed.x)).toEqual([1, 3, 4]);
    expect(packed.varlen).toBe(varlen);
  });
});

describe("nextTokenLabels", () => {
  it("predicts nothing across a boundary", () => {
    const varlen = fromLengths([0, 3, 0, 1, 2, 0]);
    expect(Array.from(nextTokenLabels([5, 6, 7, 8, 9, 10], varlen))).toEqual([6, 7, -100, -100, 10, -100]);
    expect(nextTokenLabels(BigInt64Array.of(), fromLengths([0]))).toEqual(new Int32Array(0));
  });

  it("equals each sequence's own labels", () =>
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 9 }), { minLength: 1 }), (documents) => {
        const { tokens, varlen } = pack(documents);
        const alone = documents.flatMap((d) => Array.from(d, (_, i) => d[i + 1] ?? -100));
        expect(Array.from(nextTokenLabels(tokens, varlen))).toEqual(alone);
      }),
    ));
});
