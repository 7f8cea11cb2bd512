import { useEffect } from "preact/hooks";
import { Select } from "../parts/choice";
import { Failure } from "../parts/failure";
import { RangeField } from "../parts/range-field";
import { about } from "../variants/names";
import { stateVariants } from "./request";
import { Side } from "./side";
import * as state from "./state";

const options = [{ options: stateVariants.map((name) => [name, about[name].title] as const) }];
const show = (value: number) => value.toFixed(2);

export function StateTab() {
  useEffect(state.follow, []);
  const { result, failure } = state.states;
  const found = result.value;
  const sides = [state.left.value, state.right.value];
  return (
    <div class="tool">
      <section class="settings" aria-label="The text and the variants">
        <label class="field wide">
          <span>Text, up to {state.longest} bytes</span>
          <textarea
            rows={4}
            spellcheck={false}
            value={state.writing.value}
            onInput={({ currentTarget }) => {
              const read = state.textCodec.read([currentTarget.value]);
              currentTarget.setAttribute("aria-invalid", String(read === undefined));
              if (read !== undefined) state.writing.value = read;
            }}
          />
        </label>
        <Select label="Left" value={state.left} groups={options} />
        <Select label="Right" value={state.right} groups={options} />
        <RangeField label="Decay at a space" value={state.decay} min={0} max={3} step={0.05} show={show} />
        <RangeField
          label="β, the strength of a write"
          value={state.beta}
          min={0}
          max={1}
          step={0.05}
          show={show}
        />
        <p class="note">
          Every byte has a key and a value of its own. A token writes its value under the key of the token
          before, so the state learns what follows what; asked with a token's own key, it answers with what it
          expects next. Gates close at spaces, and a sixth as much within words.
        </p>
      </section>
      <section class="work" aria-label="The state, token by token">
        <Failure of={failure.value} />
        {found && (
          <>
            <Stepper bytes={found.bytes} />
            <div class="sides">
              {found.trajectories.map(
                (trajectory, i) =>
                  sides[i] && (
                    <Side
                      key={i}
                      name={sides[i]}
                      trajectory={trajectory}
                      bytes={found.bytes}
                      at={state.at.value}
                    />
                  ),
              )}
            </div>
          </>
        )}
      </section>
    </div>
  );
}

function Stepper({ bytes }: { readonly bytes: Uint8Array }) {
  const { at, end, go, playing } = state;
  const isPlaying = playing.value;
  useEffect(() => (isPlaying ? state.play() : undefined), [isPlaying]);
  const move = (label: string, text: string, to: () => number, disabled: boolean) => (
    <button type="button" aria-label={label} disabled={disabled} onClick={() => go(to())}>
      {text}
    </button>
  );
  return (
    <div class="stepper">
      <p class="text" aria-hidden="true">
        {Array.from(bytes, (byte, t) => (
          <span
            key={t}
            class={t === at.value ? "now" : t < at.value ? "seen" : ""}
            onPointerDown={() => {
              playing.value = false;
              go(t);
            }}
          >
            {byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·"}
          </span>
        ))}
      </p>
      <div class="actions">
        {move("First token", "«", () => 0, at.value === 0)}
        {move("Token before", "‹", () => at.value - 1, at.value === 0)}
        <button
          type="button"
          class="primary"
          onClick={() => {
            if (at.value === end.value) go(0);
            playing.value = !isPlaying;
          }}
        >
          {isPlaying ? "Pause" : "Play"}
        </button>
        {move("Next token", "›", () => at.value + 1, at.value === end.value)}
        {move("Last token", "»", () => end.value, at.value === end.value)}
        <input
          type="range"
          aria-label="Token"
          min={0}
          max={end.value}
          value={at.value}
          onInput={({ currentTarget }) => go(currentTarget.valueAsNumber)}
        />
        <span class="note">
          token {at.value} of {bytes.length}
        </span>
      </div>
    </div>
  );
}
