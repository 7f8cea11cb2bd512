import { describe, expect, it } from "vitest";
import { stateVariants, width } from "./request";
import { trajectories } from "./trajectory";

const request = { text: "abracadabra, abracadabra", decay: 0.4, beta: 0.9 };
const size = width * width;

describe("the states that are stepped through", () => {
  it.each(stateVariants)("%s ends where its oracle does", async (name) => {
    const { trajectories: found } = await trajectories({ ...request, variants: [name] });
    expect(found[0]!.error).toBeLessThan(1e-12);
    expect(found[0]!.written).toHaveLength(request.text.length * size);
  });

  it("a delta rule holds what follows a letter after one write; a sum does not", async () => {
    const { bytes, trajectories: found } = await trajectories({
      ...request,
      text: `${"ab".repeat(20)}ac`,
      beta: 1,
      variants: ["linearAttn", "deltaRule"],
    });
    // after "ac" the state is asked what follows c; the key of a has just been rewritten
    const [sum, delta] = found.map(({ written }) => written.slice(-size)) as [Float32Array, Float32Array];
    expect(bytes.at(-1)).toBe("c".charCodeAt(0));
    const norm = (S: Float32Array) => Math.hypot(...S);
    expect(norm(delta)).toBeLessThan(3);
    expect(norm(sum)).toBeGreaterThan(15);
  });
});
