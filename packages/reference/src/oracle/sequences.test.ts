import { describe, expect, it } from "vitest";
import { hgrn2 } from "./index";
import { type Args, cut, type Row, rowOf, rows, statesOf } from "./testing/rows";

// hgrn2 has no golden file of its own: it runs on gla's tensors and leaves k unread
const everyRow: readonly Row[] = [
  ...rows,
  { ...rowOf("gla"), name: "hgrn2", run: hgrn2 as unknown as Row["run"] },
];

const parts = (state: Float64Array | readonly Float64Array[]) =>
  state instanceof Float64Array ? [state] : [...state];
const share = (x: Float64Array, start: number, end: number, of: number) =>
  x.slice((start * x.length) / of, (end * x.length) / of);
const joined = (xs: readonly Float64Array[]) => Float64Array.from(xs.flatMap((x) => [...x]));

describe.each(everyRow)("oracle $name on ragged sequences", (row) => {
  const { run, args } = row;
  const cu = Array.from(args.cuSeqlens);
  const N = cu.length - 1;
  const T = cu[N]!;
  const whole = run(args);
  const ranges = cu.slice(1).map((end, n) => ({ n, start: cu[n]!, length: end - cu[n]! }));

  it("gives each packed sequence what it gives that sequence alone", () => {
    for (const { n, start, length } of ranges) {
      const alone = run(cut(row, n, 0, length));
      expect(alone.o).toEqual(share(whole.o, start, start + length, T));
      for (const [name, state] of statesOf(whole))
        expect(parts(alone[name]!), name).toEqual(parts(state).map((x) => share(x, n, n + 1, N)));
    }
  });

  it("passes the state of an empty sequence through", () => {
    for (const { n, length } of ranges) {
      const before = run(cut(row, n, 0, length));
      const after = run(cut(row, n, length, length, before));
      expect(after.o).toHaveLength(0);
      expect(statesOf(after)).toEqual(statesOf(before));
    }
  });

  it("is unmoved by empty sequences between the others", () => {
    const order = [0, 0, 1, 2, 2, 3, 3];
    const spread: Args = { ...args, cuSeqlens: [0, 0, cu[1]!, cu[2]!, cu[2]!, cu[3]!, cu[3]!, T] };
    const full = [1, 2, 4, 6];
    for (const [name, value] of Object.entries(args)) {
      if (!name.startsWith("initial")) continue;
      const expanded = parts(value as Float64Array).map((x) =>
        joined(order.map((n) => share(x, n, n + 1, N))),
      );
      spread[name] = value instanceof Float64Array ? expanded[0] : expanded;
    }
    const result = run(spread);
    expect(result.o).toEqual(whole.o);
    for (const [name, state] of statesOf(whole))
      expect(
        parts(result[name]!).map((x) => joined(full.map((n) => share(x, n, n + 1, order.length)))),
        name,
      ).toEqual(parts(state));
  });
});

const carrying = everyRow.filter(({ run, args }) => statesOf(run(args)).length > 0);

describe.each(carrying)("oracle $name in two pieces", (row) => {
  const { run, args } = row;

  it("equals the unsplit sequence when the state is carried", () => {
    for (let n = 0; n + 1 < args.cuSeqlens.length; n++) {
      const length = args.cuSeqlens[n + 1]! - args.cuSeqlens[n]!;
      const unsplit = run(cut(row, n, 0, length));
      for (const middle of [0, 1, length >> 1, length]) {
        const first = run(cut(row, n, 0, middle));
        const second = run(cut(row, n, middle, length, first));
        expect(joined([first.o, second.o])).toEqual(unsplit.o);
        expect(statesOf(second)).toEqual(statesOf(unsplit));
      }
    }
  });
});
