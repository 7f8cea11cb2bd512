import type { Signal } from "@preact/signals";

/** A number on a slider, with its value beside it. */
export function RangeField({
  label,
  value,
  min,
  max,
  step,
  show = String,
}: {
  readonly label: string;
  readonly value: Signal<number>;
  readonly min: number;
  readonly max: number;
  readonly step: number | "any";
  readonly show?: (value: number) => string;
}) {
  return (
    <label class="field wide range">
      <span>
        {label} <b>{show(value.value)}</b>
      </span>
      <input
        type="range"
        min={min}
        max={max}
        step={step}
        value={value.value}
        onInput={({ currentTarget }) => {
          value.value = currentTarget.valueAsNumber;
        }}
      />
    </label>
  );
}
