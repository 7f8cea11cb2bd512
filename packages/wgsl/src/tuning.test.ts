import { expect, test } from "vitest";
import { tuned, tuningClass } from "./tuning";

const info = { vendor: "nvidia", architecture: "hopper" };

test("a class of adapters has what its entry says, but for what was asked", () => {
  const table = { "nvidia hopper": { chunkSize: 64, recurrentUpTo: 8 } };
  expect(tuned({}, info, table)).toEqual({ chunkSize: 64, recurrentUpTo: 8, tiles: undefined });
  expect(tuned({ chunkSize: 16 }, info, table)).toMatchObject({ chunkSize: 16, recurrentUpTo: 8 });
  expect(tuned({}, { vendor: "intel", architecture: "" }, table)).toMatchObject({ chunkSize: undefined });
  expect(tuningClass({ vendor: "", architecture: "" })).toBe("unknown");
});
