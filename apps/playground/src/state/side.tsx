import { scientific } from "../parts/format";
import { HeatMap } from "../parts/heat-map";
import type { Grid } from "../run/request";
import { about } from "../variants/names";
import { type StateVariant, type Trajectory, width } from "./request";

const size = width * width;

/** A state, or the difference of two, as a picture. */
function grid(x: Float32Array, t: number, minus?: { readonly of: Float32Array; readonly t: number }): Grid {
  const values = x.slice(t * size, (t + 1) * size);
  if (minus && minus.t >= 0) for (let i = 0; i < size; i++) values[i]! -= minus.of[minus.t * size + i]!;
  return {
    rows: width,
    columns: width,
    values,
    peak: values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  };
}

const norm = ({ values }: Grid): number => Math.hypot(...values);
const letter = (byte: number): string =>
  byte === 32 ? "␣" : byte > 32 && byte < 127 ? String.fromCharCode(byte) : "·";

interface SideProps {
  readonly name: StateVariant;
  readonly trajectory: Trajectory;
  readonly bytes: Uint8Array;
  readonly at: number;
}

/** One variant at one token: its state, what each law did to it, and what it recalls. */
export function Side({ name, trajectory, bytes, at }: SideProps) {
  const { decayed, erased, written, recalls, error } = trajectory;
  const state = grid(written, at);
  const laws = [
    { title: "decay", grid: grid(decayed, at, { of: written, t: at - 1 }) },
    { title: "erase", grid: grid(erased, at, { of: decayed, t: at }) },
    { title: "write", grid: grid(written, at, { of: erased, t: at }) },
  ];
  const scale = Math.max(...laws.map(({ grid }) => grid.peak));
  const [key, value] = [bytes[at - 1] ?? 32, bytes[at]!];
  return (
    <section class="side" aria-label={about[name].title} data-variant={name}>
      <h2>{about[name].title}</h2>
      <p class="equation">{about[name].equation}</p>
      <div class="square">
        <HeatMap title="state" grid={state} />
      </div>
      <dl class="figures small">
        <div>
          <dt>size of the state</dt>
          <dd data-fact={`${name} norm`}>{norm(state).toFixed(2)}</dd>
        </div>
        {laws.map(({ title, grid }) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd data-fact={`${name} ${title}`}>{norm(grid).toFixed(2)}</dd>
          </div>
        ))}
      </dl>
      <div class="laws">
        {laws.map(({ title, grid }) => (
          <div class="square" key={title}>
            <HeatMap title={title} grid={grid} scale={scale} />
          </div>
        ))}
      </div>
      <p>
        Wrote <code>{letter(value)}</code> under <code>{letter(key)}</code>. After{" "}
        <code>{letter(value)}</code> it expects
      </p>
      <ol class="recalls" aria-label={`What ${about[name].title} recalls`}>
        {recalls[at]!.map(({ byte, likeness }) => (
          <li key={byte}>
            <code>{letter(byte)}</code>
            <span class="meter" style={{ "--share": Math.max(0, likeness) }} />
            <span class="aside">{likeness.toFixed(2)}</span>
          </li>
        ))}
      </ol>
      <p class="note">
        Its last state is{" "}
        {error === 0 ? "the oracle's, to the bit" : `${scientific(error)} from the oracle's`}.
      </p>
    </section>
  );
}
