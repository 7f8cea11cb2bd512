import { computed, signal } from "@preact/signals";
import { type Codec, linked, numberIn, oneOf } from "../link";
import { task } from "../parts/task";
import { hasWebGpu } from "../worker/has-webgpu";
import { type BenchVariant, benchVariants, type Point, type Suite, suiteNames } from "./request";

const chosen: Codec<readonly Suite[]> = {
  read(values) {
    const found = suiteNames.filter((name) => values.includes(name));
    return found.length ? found : undefined;
  },
  write: (value) => value,
};

export const variant = linked<BenchVariant>("bench", "variant", "gatedDeltaRule", oneOf(...benchVariants));
export const suites = linked<readonly Suite[]>("bench", "suite", suiteNames, chosen);
export const tokenCodec = numberIn(16, 65_536);
export const tokens = linked("bench", "tokens", 2048, tokenCodec);
export const on = linked(
  "bench",
  "on",
  hasWebGpu ? "webgpu" : "cpu",
  oneOf<"webgpu" | "cpu">("webgpu", "cpu"),
);

export const benches = task("bench");
/** What was timed so far. */
export const points = signal<readonly Point[]>([]);
export const progress = computed(() => benches.progress.value?.progress);

export function start(): void {
  points.value = [];
  benches.clear();
  const request = { variant: variant.value, suites: suites.value, tokens: tokens.value, on: on.value };
  void benches
    .start(request, (update) => {
      points.value = update.points;
    })
    .then(() => {
      points.value = benches.result.value?.points ?? points.value;
    });
}
