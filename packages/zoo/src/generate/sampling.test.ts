import { describe, expect, it } from "vitest";
import { checkSampling } from "./sampling";

describe("checkSampling", () => {
  it("takes the model as it is by default", () => {
    expect(checkSampling({})).toEqual({ temperature: 1, topK: 0, topP: 1 });
  });

  it.each([
    [{ temperature: -1 }, "temperature must be at least 0 and finite, got -1"],
    [{ temperature: Number.NaN }, "temperature must be at least 0 and finite, got NaN"],
    [{ topK: 1.5 }, "topK must be an integer from 0, got 1.5"],
    [{ topP: 0 }, "topP must be in (0, 1], got 0"],
  ])("refuses %o", (options, message) => {
    expect(() => checkSampling(options)).toThrow(message);
  });
});
