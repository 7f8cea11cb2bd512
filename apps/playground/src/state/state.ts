import { computed, effect, signal } from "@preact/signals";
import { type Codec, linked, numberIn, oneOf, tab } from "../link";
import { task } from "../parts/task";
import { type StateVariant, stateVariants } from "./request";

export const longest = 400;
const text: Codec<string> = {
  read: ([value = ""]) => (value && new TextEncoder().encode(value).length <= longest ? value : undefined),
  write: (value) => [value],
};
const variant = oneOf(...stateVariants);

export const writing = linked(
  "state",
  "text",
  "the whale, the whale! cried the mate; the white whale. the wheel, the wheel!",
  text,
);
export const textCodec = text;
export const left = linked<StateVariant>("state", "left", "linearAttn", variant);
export const right = linked<StateVariant>("state", "right", "gatedDeltaRule", variant);
export const decay = linked("state", "decay", 0.3, numberIn(0, 3, false));
export const beta = linked("state", "beta", 0.9, numberIn(0, 1, false));
const token = linked("state", "token", 0, numberIn(0, longest));

export const states = task("state");

const request = computed(() => ({
  text: writing.value,
  variants: [left.value, right.value],
  decay: decay.value,
  beta: beta.value,
}));

/** Follows the settings for as long as the tab is open. */
export const follow = (): (() => void) =>
  effect(() => {
    if (tab.value === "state") void states.start(request.value);
  });

const last = computed(() => Math.max(0, (states.result.value?.bytes.length ?? 1) - 1));

/** The token whose step is shown. */
export const at = computed(() => Math.min(token.value, last.value));
export const end = last;
export const go = (to: number) => {
  token.value = Math.max(0, Math.min(last.value, to));
};

/** Whether it steps by itself. */
export const playing = signal(false);

/** Goes on, a few tokens a second, until the end. */
export function play(): () => void {
  const timer = setInterval(() => {
    if (at.value >= last.value) playing.value = false;
    else go(at.value + 1);
  }, 250);
  return () => clearInterval(timer);
}
