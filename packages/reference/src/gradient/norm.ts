import { floats, type Memory } from "../backend/memory";
import { type Backward, gradientOf, optional } from "./backward";
import { slopes, values } from "./unary";

export const norm = (memory: Memory): Backward<"norm"> => ({
  norm({ args, grad }) {
    const { kind, x, weight, bias, eps, groupSize, gate, activation, gateFirst } = args;
    const D = x.shape.at(-1)!;
    const [data, d, scale, shift] = [floats(x), floats(grad), weight?.data, bias?.data];
    const gates = gate && floats(gate);
    const [act, slope] = [values[activation], slopes[activation]];
    const dx = new Float32Array(data.length);
    const dGate = new Float32Array(gates ? data.length : 0);
    const [dWeight, dBias] = [new Float64Array(D), new Float64Array(D)];
    // a group's input after its gate, normalised, and the gradient of that
    const [unit, dUnit] = [new Float64Array(groupSize), new Float64Array(groupSize)];
    const divisor = kind === "l2" ? 1 : groupSize;

    for (let from = 0; from < data.length; from += groupSize) {
      let mean = 0;
      for (let i = 0; i < groupSize; i++) {
        const x = data[from + i]!;
        unit[i] = gates && gateFirst ? x * act(gates[from + i]!) : x;
        mean += unit[i]! / groupSize;
      }
      if (kind !== "layer") mean = 0;
      let squares = 0;
      for (let i = 0; i < groupSize; i++) squares += (unit[i]! - mean) ** 2;
      const inverse = 1 / Math.sqrt(squares / divisor + eps);

      let [total, along] = [0, 0];
      for (let i = 0; i < groupSize; i++) {
        const [channel, to] = [(from % D) + i, from + i];
        unit[i] = (unit[i]! - mean) * inverse;
        let dy = d[to]!;
        if (gates && !gateFirst) {
          const y = unit[i]! * (scale?.[channel] ?? 1) + (shift?.[channel] ?? 0);
          dGate[to] = dy * y * slope(gates[to]!);
          dy *= act(gates[to]!);
        }
        dWeight[channel]! += dy * unit[i]!;
        dBias[channel]! += dy;
        dUnit[i] = dy * (scale?.[channel] ?? 1);
        total += dUnit[i]! / groupSize;
        along += (dUnit[i]! * unit[i]!) / divisor;
      }
      if (kind !== "layer") total = 0;
      for (let i = 0; i < groupSize; i++) {
        const to = from + i;
        const dz = inverse * (dUnit[i]! - total - unit[i]! * along);
        if (gates && gateFirst) dGate[to] = dz * data[to]! * slope(gates[to]!);
        dx[to] = gates && gateFirst ? dz * act(gates[to]!) : dz;
      }
    }
    return {
      x: gradientOf(memory, x, dx),
      weight: optional(memory, weight, dWeight),
      bias: optional(memory, bias, dBias),
      gate: optional(memory, gate, dGate),
    };
  },
});
