import { NumberField, type NumberFieldProps } from "./number-field";

/** A number to type, or to slide between two that are usual. */
export function SlidingNumber({
  min,
  max,
  ...field
}: NumberFieldProps & { readonly min: number; readonly max: number }) {
  return (
    <div class="sliding">
      <NumberField {...field} />
      <input
        type="range"
        aria-label={`${field.label}, slider`}
        min={min}
        max={max}
        value={field.value.value}
        onInput={({ currentTarget }) => {
          field.value.value = currentTarget.valueAsNumber;
        }}
      />
    </div>
  );
}
