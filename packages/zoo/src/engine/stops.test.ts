import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StopText } from "./stops";

function run(stops: readonly string[], pieces: readonly string[]): string {
  const stop = new StopText(stops);
  let text = "";
  for (const piece of pieces) {
    const pushed = stop.push(piece);
    text += pushed.text;
    if (pushed.stopped) return text;
  }
  return text + stop.end();
}

describe("StopText", () => {
  it("holds back what may begin a stop, and gives it when it does not", () => {
    const stop = new StopText(["END"]);
    expect(stop.push("the E")).toEqual({ text: "the ", stopped: false });
    expect(stop.push("N")).toEqual({ text: "", stopped: false });
    expect(stop.push("T")).toEqual({ text: "ENT", stopped: false });
    expect(stop.push("EN")).toEqual({ text: "", stopped: false });
    expect(stop.push("D of it")).toEqual({ text: "", stopped: true });
  });

  it("ends the text before the first stop, however the text comes in pieces", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    const stops = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 4 }));
    const property = fc.property(stops, fc.array(letters), (stops, pieces) => {
      const whole = pieces.join("");
      const got = run(stops, pieces);
      const ends = stops.map((stop) => whole.indexOf(stop)).filter((at) => at >= 0);
      if (ends.length === 0) expect(got).toBe(whole);
      else {
        expect(whole.startsWith(got)).toBe(true);
        expect(stops.some((stop) => whole.startsWith(stop, got.length))).toBe(true);
        expect(stops.some((stop) => got.includes(stop))).toBe(false);
      }
    });
    fc.assert(property);
  });
});
