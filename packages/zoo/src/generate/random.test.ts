import { describe, expect, it } from "vitest";
import { Draws } from "./draws";
import { randomStream } from "./random";

describe("randomStream", () => {
  const take = (seed: number, n: number) => Array.from({ length: n }, randomStream(seed));

  it("is sfc32: the outputs of the algorithm in integers of any size", () => {
    expect(take(1, 3).map((x) => x * 2 ** 32)).toEqual([2012149540, 1872316204, 1707632675]);
    expect(take(2 ** 53 - 1, 2).map((x) => x * 2 ** 32)).toEqual([3268402823, 2602357022]);
  });

  it("repeats for a seed, and differs for every other, above 32 bits too", () => {
    expect(take(5, 4)).toEqual(take(5, 4));
    const firsts = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1].map((seed) => take(seed, 1)[0]);
    expect(new Set(firsts).size).toBe(6);
  });

  it("is even over [0, 1)", () => {
    const xs = take(3, 50_000);
    expect(Math.min(...xs)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...xs)).toBeLessThan(1);
    for (let i = 0; i < 10; i++)
      expect(xs.filter((x) => Math.floor(x * 10) === i).length).toBeGreaterThan(4_700);
  });
});

describe("Draws", () => {
  it("takes up a stream where another stands", () => {
    const first = new Draws(11);
    const numbers = Array.from({ length: 6 }, () => first.next());
    const second = new Draws(11, 4);
    expect(second.made).toBe(4);
    expect([second.next(), second.next()]).toEqual(numbers.slice(4));
  });
});
