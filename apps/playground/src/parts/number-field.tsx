import type { Signal } from "@preact/signals";
import type { Codec } from "../link";

export interface NumberFieldProps {
  readonly label: string;
  readonly value: Signal<number>;
  readonly codec: Codec<number>;
  readonly step?: number | "any";
  readonly hint?: string;
}

/** A number that is taken over only where it is allowed; otherwise the field says that it is not. */
export function NumberField({ label, value, codec, step = 1, hint }: NumberFieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        inputMode="decimal"
        step={step}
        value={value.value}
        title={hint}
        onInput={({ currentTarget }) => {
          const read = codec.read([currentTarget.value]);
          currentTarget.setCustomValidity(read === undefined ? `${label}: not allowed.` : "");
          currentTarget.setAttribute("aria-invalid", String(read === undefined));
          if (read !== undefined) value.value = read;
        }}
      />
    </label>
  );
}
