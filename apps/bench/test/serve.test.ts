import { expect, test } from "vitest";
import { serve } from "../src/serve";

test("requests at once write what each writes alone, and both have a pace", async () => {
  const rows = [];
  for await (const row of serve({ backend: "cpu", quick: true })) rows.push(row);
  expect(rows).toMatchObject([{ on: "CPU", requests: 4, newTokens: 8, different: [] }]);
  const { oneByOne, atOnce, ratio } = rows[0]!;
  expect(ratio).toBeCloseTo(atOnce.tokensPerSecond / oneByOne.tokensPerSecond, 9);
  for (const { milliseconds, tokensPerSecond } of [oneByOne, atOnce])
    expect(tokensPerSecond).toBeCloseTo((1000 * 4 * 8) / milliseconds[0]!, 6);
});
