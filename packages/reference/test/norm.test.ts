import { expect, test } from "vitest";
import { groupNorm } from "../src/oracle/group-norm";
import { l2Norm } from "../src/oracle/l2-norm";
import { layerNorm } from "../src/oracle/layer-norm";
import { rmsNorm } from "../src/oracle/rms-norm";
import { rmsNormGated } from "../src/oracle/rms-norm-gated";
import { cpu, f64, noise, random, relativeError } from "./shared";

const D = 12;
const rand = random(1);
const [x, gate] = [noise(rand, [7, D], -3, 5), noise(rand, [7, D], -4, 4)];
const [weight, bias] = [noise(rand, [D]), noise(rand, [D])];
const numbers = { x: f64(x), weight: f64(weight), bias: f64(bias), eps: 1e-5, sizes: { D } };
const near = (got: ArrayLike<number>, want: ArrayLike<number>) =>
  expect(relativeError(got, want)).toBeLessThan(3e-7);

test("rms, layer and l2", () => {
  const args = { x, weight, bias, eps: 1e-5 };
  near(cpu.norm({ kind: "rms", ...args }).data, rmsNorm(numbers).o);
  near(cpu.norm({ kind: "layer", ...args }).data, layerNorm(numbers).o);
  near(cpu.norm({ kind: "l2", x, eps: 1e-6 }).data, l2Norm({ x: f64(x), sizes: { D } }).o);
});

test.each([true, false])("groups, of rms %s", (isRmsNorm) => {
  const o = cpu.norm({ kind: isRmsNorm ? "rms" : "layer", x, weight, bias, eps: 1e-5, groupSize: 4 });
  near(o.data, groupNorm({ ...numbers, numGroups: 3, isRmsNorm }).o);
});

test.each(["silu", "sigmoid"] as const)("a %s gate after the norm", (activation) => {
  const o = cpu.norm({ kind: "rms", x, weight, eps: 1e-5, gate, activation });
  const want = rmsNormGated({
    x: f64(x),
    g: f64(gate),
    weight: f64(weight),
    activation: activation === "silu" ? "swish" : "sigmoid",
    eps: 1e-5,
    sizes: { D },
  });
  near(o.data, want.o);
});

test("a gate before the norm", () => {
  const o = cpu.norm({ kind: "rms", x, weight, eps: 1e-5, gate, gateFirst: true });
  const gated = f64(x).map((xi, i) => (xi * gate.data[i]!) / (1 + Math.exp(-gate.data[i]!)));
  near(o.data, rmsNorm({ x: gated, weight: f64(weight), eps: 1e-5, sizes: { D } }).o);
});
