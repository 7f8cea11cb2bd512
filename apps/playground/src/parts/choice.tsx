import type { Signal } from "@preact/signals";

interface Options<V extends string> {
  readonly label: string;
  readonly value: Signal<V>;
  readonly options: Readonly<Record<V, string>>;
  readonly disabled?: boolean;
}

/** One of a few, all of them seen. */
export function Choice<V extends string>({ label, value, options, disabled = false }: Options<V>) {
  return (
    <fieldset class="choice" disabled={disabled}>
      <legend>{label}</legend>
      {(Object.keys(options) as V[]).map((name) => (
        <label key={name}>
          <input
            type="radio"
            name={label}
            checked={value.value === name}
            onChange={() => {
              value.value = name;
            }}
          />
          {options[name]}
        </label>
      ))}
    </fieldset>
  );
}

/** One of many, in groups where they have any. */
export function Select<V extends string>({
  label,
  value,
  groups,
  disabled = false,
}: {
  readonly label: string;
  readonly value: Signal<V>;
  readonly groups: readonly {
    readonly title?: string;
    readonly options: readonly (readonly [V, string])[];
  }[];
  readonly disabled?: boolean;
}) {
  const list = (options: readonly (readonly [V, string])[]) =>
    options.map(([name, title]) => (
      <option key={name} value={name}>
        {title}
      </option>
    ));
  return (
    <label class="field wide">
      <span>{label}</span>
      <select
        value={value.value}
        disabled={disabled}
        onChange={({ currentTarget }) => {
          value.value = currentTarget.value as V;
        }}
      >
        {groups.map(({ title, options }) =>
          title ? (
            <optgroup key={title} label={title}>
              {list(options)}
            </optgroup>
          ) : (
            list(options)
          ),
        )}
      </select>
    </label>
  );
}

export function Check({
  label,
  value,
  disabled = false,
}: {
  readonly label: string;
  readonly value: Signal<boolean>;
  readonly disabled?: boolean;
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={value.value}
        disabled={disabled}
        onChange={({ currentTarget }) => {
          value.value = currentTarget.checked;
        }}
      />
      {label}
    </label>
  );
}
