import { type Signal, signal } from "@preact/signals";
import { type Codec, numberIn } from "../link";
import { skewed } from "../variants/skewed";
import { Choice } from "./choice";
import { count } from "./format";
import { hueOf } from "./hue";
import { NumberField } from "./number-field";

/** Lengths of sequences as "5,0,18". */
export const lengthList = (most: number): Codec<readonly number[]> => ({
  read([text = ""]) {
    const parts = text.split(/[\s,;]+/).filter(Boolean);
    const lengths = parts.map(Number);
    const good =
      lengths.length > 0 && lengths.length <= 512 && lengths.every((n) => Number.isInteger(n) && n >= 0);
    return good && lengths.reduce((sum, n) => sum + n, 0) <= most ? lengths : undefined;
  },
  write: (lengths) => [lengths.join(",")],
});

const mode = signal<"typed" | "drawn" | "random">("typed");
const sequences = signal(8);
const total = signal(256);
const skew = signal(1);
const seed = signal(1);

/** Lengths that are typed, drawn as bars, or random. */
export function Lengths({
  value,
  codec,
  most,
}: {
  readonly value: Signal<readonly number[]>;
  readonly codec: Codec<readonly number[]>;
  readonly most: number;
}) {
  return (
    <div class="lengths">
      <Choice label="Lengths" value={mode} options={{ typed: "Typed", drawn: "Drawn", random: "Random" }} />
      {mode.value === "typed" && (
        <textarea
          aria-label="Lengths of the sequences"
          rows={2}
          spellcheck={false}
          value={value.value.join(", ")}
          onChange={({ currentTarget }) => {
            const read = codec.read([currentTarget.value]);
            currentTarget.setAttribute("aria-invalid", String(read === undefined));
            if (read) value.value = read;
          }}
        />
      )}
      {mode.value === "random" && (
        <div class="controls">
          <NumberField label="Sequences" value={sequences} codec={numberIn(1, 512)} />
          <NumberField label="Tokens" value={total} codec={numberIn(1, most)} />
          <NumberField label="Skew" value={skew} codec={numberIn(0, 3, false)} step="any" />
          <NumberField label="Seed" value={seed} codec={numberIn(0, 2 ** 32 - 1)} />
          <button
            type="button"
            onClick={() => {
              value.value = skewed(
                sequences.value,
                Math.min(total.value, most - sequences.value),
                skew.value,
                seed.value,
              );
              seed.value++;
            }}
          >
            Draw them
          </button>
        </div>
      )}
      <Bars value={value} most={most} editable={mode.value === "drawn"} />
      <p class="note">
        {count(value.value.reduce((a, b) => a + b, 0))} tokens in {count(value.value.length)} sequences
      </p>
    </div>
  );
}

function Bars({
  value,
  most,
  editable,
}: {
  readonly value: Signal<readonly number[]>;
  readonly most: number;
  readonly editable: boolean;
}) {
  const lengths = value.value;
  const longest = Math.max(16, ...lengths);
  const set = (i: number, length: number) => {
    const others = lengths.reduce((sum, n, j) => (j === i ? sum : sum + n), 0);
    value.value = lengths.with(i, Math.max(0, Math.min(Math.round(length), most - others)));
  };
  const drag = (i: number, event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    if (!(event.buttons & 1)) return;
    const box = event.currentTarget.getBoundingClientRect();
    set(i, ((box.bottom - event.clientY) / box.height) * longest);
  };
  if (!editable)
    return (
      <div class="bars" aria-hidden="true">
        {lengths.slice(0, 128).map((length, i) => (
          <span key={i} class="bar" style={{ ...hueOf(i), "--share": length / longest }} />
        ))}
      </div>
    );
  return (
    <div class="drawn">
      <div class="bars">
        {lengths.slice(0, 128).map((length, i) => (
          <div
            key={i}
            class="bar"
            role="slider"
            tabIndex={0}
            aria-label={`Length of sequence ${i}`}
            aria-orientation="vertical"
            aria-valuemin={0}
            aria-valuemax={most}
            aria-valuenow={length}
            style={{ ...hueOf(i), "--share": length / longest }}
            onPointerDown={(event) => {
              event.currentTarget.setPointerCapture(event.pointerId);
              drag(i, event);
            }}
            onPointerMove={(event) => drag(i, event)}
            onKeyDown={(event) => {
              const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 16, PageDown: -16 }[event.key];
              if (by === undefined) return;
              event.preventDefault();
              set(i, length + by);
            }}
          />
        ))}
      </div>
      <div class="actions">
        <button
          type="button"
          class="quiet"
          onClick={() => {
            value.value = [...lengths, 8];
          }}
        >
          + A sequence
        </button>
        <button
          type="button"
          class="quiet"
          disabled={lengths.length < 2}
          onClick={() => {
            value.value = lengths.slice(0, -1);
          }}
        >
          − The last
        </button>
      </div>
    </div>
  );
}
