import { floats, type Memory } from "../backend/memory";
import { eachSequence } from "../backend/sequence";
import { type Backward, gradientOf, optional, upstream } from "./backward";
import { Replay } from "./replay";
import { load } from "./scan";

/** The state is (numerator, denominator, exponent); the larger of two exponents takes the gradient of their maximum. */
export const rwkv4 = (memory: Memory): Backward<"rwkv4"> => ({
  rwkv4({ args: { w, u, k, v, initialState, varlen }, grad }) {
    const C = w.shape[0]!;
    const [keys, values, bonus] = [floats(k), floats(v), floats(u)];
    const decay = Float64Array.from(floats(w), (x) => -Math.exp(x));
    const d = upstream(grad.o, keys.length);
    const dState = Float64Array.from(upstream(grad.finalState, varlen.sequences * 3 * C));
    const [dk, dv] = [new Float64Array(keys.length), new Float64Array(keys.length)];
    const [dDecay, dBonus] = [new Float64Array(C), new Float64Array(C)];
    const replay = new Replay(varlen.maxLength, 3 * C);
    eachSequence(varlen, (n, start, end) => {
      load(replay.start, initialState?.data, n * 3 * C);
      if (!initialState) replay.start.fill(Number.NEGATIVE_INFINITY, 2 * C);
      replay.run(
        end - start,
        (step, before, after) => {
          for (let c = 0; c < C; c++) {
            const at = (start + step) * C + c;
            const [kt, faded] = [keys[at]!, before[2 * C + c]! + decay[c]!];
            const next = Math.fround(Math.max(faded, kt));
            const [held, fresh] = [Math.exp(faded - next), Math.exp(kt - next)];
            after[c] = held * before[c]! + fresh * values[at]!;
            after[C + c] = held * before[C + c]! + fresh;
            after[2 * C + c] = next;
          }
        },
        (step, before) => {
          for (let c = 0; c < C; c++) {
            const at = (start + step) * C + c;
            const [kt, vt] = [keys[at]!, values[at]!];
            const [num, den, exponent] = [before[c]!, before[C + c]!, before[2 * C + c]!];
            const from = n * 3 * C + c;
            const [dNum, dDen, dNext] = [dState[from]!, dState[from + C]!, dState[from + 2 * C]!];

            const faded = exponent + decay[c]!;
            const next = Math.max(faded, kt);
            const [held, fresh] = [Math.exp(faded - next), Math.exp(kt - next)];
            let dFaded = held * (num * dNum + den * dDen);
            let dKey = fresh * (vt * dNum + dDen);
            const dMax = dNext - dFaded - dKey;
            if (faded >= kt) dFaded += dMax;
            else dKey += dMax;

            const now = bonus[c]! + kt;
            const top = Math.max(exponent, now);
            const [past, present] = [Math.exp(exponent - top), Math.exp(now - top)];
            const weight = past * den + present;
            const flow = d[at]! / weight;
            const o = (past * num + present * vt) / weight;
            const dNow = present * flow * (vt - o);

            dState[from] = held * dNum + past * flow;
            dState[from + C] = held * dDen - past * flow * o;
            dState[from + 2 * C] = dFaded + past * flow * (num - o * den);
            dDecay[c]! += dFaded;
            dBonus[c]! += dNow;
            dk[at] = dKey + dNow;
            dv[at] = fresh * dNum + present * flow;
          }
        },
      );
    });
    return {
      w: gradientOf(
        memory,
        w,
        dDecay.map((x, c) => x * decay[c]!),
      ),
      u: gradientOf(memory, u, dBonus),
      k: gradientOf(memory, k, dk),
      v: gradientOf(memory, v, dv),
      initialState: optional(memory, initialState, dState),
    };
  },
});
