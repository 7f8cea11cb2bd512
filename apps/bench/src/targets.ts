import { laws } from "./cases/laws";
import { green, type Measurement, timeOf } from "./measure/measurement";
import { besideFla, subjectOf } from "./report/fla";
import { growths } from "./report/table";
import type { Results } from "./run";

/** A number that a target speaks of, and of what. */
interface Point {
  readonly of: string;
  readonly value: number;
}

interface Target {
  readonly title: string;
  readonly least?: number;
  readonly most?: number;
  readonly unit: "×" | "TFLOP/s" | "%" | "";
  /** How many numbers there are once everything is measured. */
  readonly count: number;
  readonly points: (run: Run) => readonly Point[];
}

/** A target and what a run says of it. */
export interface Verdict {
  readonly title: string;
  readonly bound: string;
  readonly measured: string;
  /** Every number there is to measure is measured, and within the bound. */
  readonly held: boolean;
  readonly note: string;
}

/** The rows of a run that a target may look at: right ones, on hardware. */
interface Run {
  readonly results: Results;
  rows(suite: string, dtype: "f32" | "f16", tiers: "all" | "baseline"): readonly Measurement[];
  /** Bytes a second of a copy. */
  copyOf(row: Measurement): number;
}

const seven = Object.keys(laws).length;
const three = 3;
/** States of 64 sequences, 16 heads, 128 × 128 of f32, read and written. */
const decodeBytes = 2 * 64 * 16 * 128 * 128 * 4;

const versusFla =
  (suite: string, clock: "gpu" | "call") =>
  ({ results, rows }: Run): readonly Point[] => {
    const mine = new Set(rows(suite, "f16", "all"));
    return besideFla(results).flatMap(({ row, [clock]: value }) =>
      mine.has(row) && value ? [{ of: subjectOf(row), value }] : [],
    );
  };

/** One time over another of the same law at another shape. */
const shapeRatio =
  (upper: string, lower: string) =>
  ({ rows }: Run): readonly Point[] => {
    const times = new Map(rows("forward", "f16", "all").map((row) => [subjectOf(row), timeOf(row)]));
    return Object.keys(laws).flatMap((law) => {
      const [a, b] = [times.get(`${law} ${upper}`), times.get(`${law} ${lower}`)];
      return a && b ? [{ of: law, value: a / b }] : [];
    });
  };

const product =
  (dtype: "f32" | "f16") =>
  ({ rows }: Run): readonly Point[] =>
    rows("matmul", dtype, "all").flatMap((row) =>
      subjectOf(row) === "matmul 4096³"
        ? [{ of: row.name, value: row.flops! / (timeOf(row)! / 1e3) / 1e12 }]
        : [],
    );

const padding = ({ rows }: Run): readonly Point[] =>
  rows("forward", "f16", "all").flatMap((row) => {
    const { ratio, expected } = row.rivals?.find(({ name }) => name === "padded") ?? {};
    return / S3$/.test(subjectOf(row)) && ratio && expected
      ? [{ of: subjectOf(row), value: ratio / expected }]
      : [];
  });

const recurrent = ({ rows }: Run): readonly Point[] =>
  rows("forward", "f16", "all").flatMap((row) => {
    const { ratio } = row.rivals?.find(({ name }) => name === "token by token") ?? {};
    return / S0$/.test(subjectOf(row)) && ratio ? [{ of: subjectOf(row), value: ratio }] : [];
  });

const growing =
  (axis: "tokens" | "sequences", value: "exponent" | "range") =>
  ({ rows }: Run): readonly Point[] =>
    growths(rows("cost", "f16", "all"))
      .filter((curve) => curve.axis === axis)
      .map((curve) => ({ of: curve.curve, value: curve[value] }));

const ortOf = (row: Measurement): number | undefined =>
  row.rivals?.find(({ name }) => name.startsWith("onnxruntime-web"))?.wall?.medianMs;

/** How much longer onnxruntime-web's call takes, each in the fastest of some rows. */
const versusOrt =
  (...settings: readonly (readonly ["f32" | "f16", "all" | "baseline"])[]) =>
  ({ rows }: Run): readonly Point[] => {
    const some = settings
      .flatMap(([dtype, tiers]) => rows("forward", dtype, tiers))
      .filter((row) => subjectOf(row) === "gatedDeltaRule S1");
    const theirs = some.flatMap((row) => ortOf(row) ?? []);
    const ours = some.flatMap((row) => row.warm?.medianMs ?? []);
    return theirs.length && ours.length
      ? [{ of: "gatedDeltaRule S1", value: Math.min(...theirs) / Math.min(...ours) }]
      : [];
  };

const baseline =
  (suite: string) =>
  ({ rows }: Run): readonly Point[] => {
    const best = new Map(rows(suite, "f16", "all").map((row) => [subjectOf(row), timeOf(row)!]));
    return rows(suite, "f32", "baseline").flatMap((row) => {
      if (/ S0$/.test(subjectOf(row))) return [];
      const fastest = best.get(subjectOf(row));
      return fastest ? [{ of: subjectOf(row), value: timeOf(row)! / fastest }] : [];
    });
  };

const all = seven * three;
const ratio = { unit: "×" } as const;
const share = { unit: "%" } as const;

/** What the kernels are to reach on a GPU. */
const targets: readonly Target[] = [
  {
    title: "forward, GPU time over FLA's: goal",
    most: 1,
    count: all,
    points: versusFla("forward", "gpu"),
    ...ratio,
  },
  {
    title: "forward, GPU time over FLA's: at least",
    most: 2,
    count: all,
    points: versusFla("forward", "gpu"),
    ...ratio,
  },
  {
    title: "forward, a call over FLA's",
    most: 1,
    count: all,
    points: versusFla("forward", "call"),
    ...ratio,
  },
  {
    title: "forward and backward, GPU time over FLA's: goal",
    most: 1,
    count: all,
    points: versusFla("backward", "gpu"),
    ...ratio,
  },
  {
    title: "forward and backward, GPU time over FLA's: at least",
    most: 2,
    count: all,
    points: versusFla("backward", "gpu"),
    ...ratio,
  },
  {
    title: "forward and backward, a call over FLA's",
    most: 1,
    count: all,
    points: versusFla("backward", "call"),
    ...ratio,
  },
  {
    title: "decode of 64 sequences, bytes of states over what a copy moves meanwhile",
    least: 60,
    count: seven,
    points: ({ rows, copyOf }) =>
      rows("decode", "f16", "all").map((row) => ({
        of: subjectOf(row),
        value: (100 * decodeBytes) / (timeOf(row)! / 1e3) / copyOf(row),
      })),
    ...share,
  },
  { title: "matmul 4096³, f16", least: 150, unit: "TFLOP/s", count: 1, points: product("f16") },
  { title: "matmul 4096³, f32", least: 25, unit: "TFLOP/s", count: 1, points: product("f32") },
  {
    title: "modules, bytes over what a copy moves meanwhile",
    least: 70,
    count: 16,
    points: ({ rows, copyOf }) =>
      (["f32", "f16"] as const)
        .flatMap((dtype) => rows("modules", dtype, "all"))
        .map((row) => ({ of: row.name, value: (100 * row.bytes!) / (timeOf(row)! / 1e3) / copyOf(row) })),
    ...share,
  },
  {
    title: "S3 padded over packed, share of what its tokens promise",
    least: 0.9,
    count: seven,
    points: padding,
    ...ratio,
  },
  { title: "S0, token by token over chunks", least: 10, count: seven, points: recurrent, ...ratio },
  { title: "S2 over S1", most: 1.1, count: seven, points: shapeRatio("S2", "S1"), ...ratio },
  {
    title: "exponent of time, 1 k to 1 M tokens",
    least: 0.95,
    most: 1.05,
    unit: "",
    count: three,
    points: growing("tokens", "exponent"),
  },
  {
    title: "longest over shortest time, 1 to 4,096 sequences",
    most: 1.1,
    count: three,
    points: growing("sequences", "range"),
    ...ratio,
  },
  {
    title: "onnxruntime-web's call over ours, each at its best",
    least: 30,
    count: 1,
    points: versusOrt(["f32", "all"], ["f16", "all"], ["f32", "baseline"]),
    ...ratio,
  },
  {
    title: "onnxruntime-web's call over ours, both f32 without matrices",
    least: 5,
    count: 1,
    points: versusOrt(["f32", "baseline"]),
    ...ratio,
  },
  {
    title: "forward, f32 baseline over f16 with every feature",
    most: 4,
    count: all,
    points: baseline("forward"),
    ...ratio,
  },
  {
    title: "forward and backward, f32 baseline over f16 with every feature",
    most: 4,
    count: all,
    points: baseline("backward"),
    ...ratio,
  },
];

const digits = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(0));

function boundOf({ least, most, unit }: Target): string {
  const text = [least === undefined ? "" : `≥ ${least}`, most === undefined ? "" : `≤ ${most}`];
  return [text.filter(Boolean).join(", "), unit].filter(Boolean).join(" ");
}

function verdict(target: Target, run: Run): Verdict {
  const { title, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY, unit, count } = target;
  const points = [...target.points(run)].sort((a, b) => a.value - b.value);
  const within = points.filter(({ value }) => value >= least && value <= most);
  const [low, high] = [points[0], points.at(-1)];
  const show = ({ of, value }: Point): string => `${digits(value)}${unit && ` ${unit}`} ${of}`;
  return {
    title,
    bound: boundOf(target),
    measured: !low || !high ? "not measured" : low === high ? show(low) : `${show(low)} … ${show(high)}`,
    held: within.length === count,
    note: points.length
      ? `${within.length} of ${count}${points.length < count ? `, ${points.length} measured` : ""}`
      : "",
  };
}

/** Every target, with what a run measured and whether it holds. Rows of software adapters do not count. */
export function verdicts(results: Results): readonly Verdict[] {
  const right = results.results.filter(
    (row) => green(row) && !row.correctnessOnly && timeOf(row) !== undefined,
  );
  const run: Run = {
    results,
    rows: (suite, dtype, tiers) =>
      right.filter((row) => row.suite === suite && row.dtype === dtype && row.tiers === tiers),
    copyOf: ({ on }) => Math.max(...results.rates.filter((r) => r.on === on).map((r) => r.bytesPerSecond)),
  };
  return targets.map((target) => verdict(target, run));
}
