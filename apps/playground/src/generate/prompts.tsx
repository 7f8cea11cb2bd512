import { hueOf } from "../parts/hue";
import { busy, type Fork, fork, forks, outputs, prompts, timing } from "./state";

const replace = (at: number, ...by: string[]) => {
  prompts.value = prompts.value.toSpliced(at, 1, ...by);
  outputs.value = outputs.value.toSpliced(at, 1, ...by.map(() => ""));
  forget();
};

const replaceFork = (at: number, ...by: Fork[]) => {
  forks.value = forks.value.toSpliced(at, 1, ...by);
  outputs.value = outputs.value.toSpliced(prompts.value.length + at, 1, ...by.map(() => ""));
  forget();
};

/** Kept states belong to the rows as they were. */
const forget = () => {
  if (timing.value) timing.value = { ...timing.value, kept: [] };
};

/** The sequences of one ragged batch, and under each what the model has made of it. */
export function Prompts() {
  const count = prompts.value.length;
  return (
    <ol class="prompts">
      {prompts.value.map((text, i) => (
        <Row
          key={i}
          index={i}
          label={`prompt ${i}`}
          text={text}
          history=""
          onInput={(next) => replace(i, next)}
          onRemove={count > 1 ? () => replace(i) : undefined}
        />
      ))}
      {forks.value.map((one, i) => (
        <Row
          key={`fork ${one.from} ${i}`}
          index={count + i}
          label={`fork ${i}`}
          text={one.text}
          history={one.history}
          onInput={(text) => replaceFork(i, { ...one, text })}
          onRemove={() => replaceFork(i)}
        />
      ))}
      <li class="add">
        <button
          type="button"
          class="quiet"
          disabled={busy.value}
          onClick={() => {
            prompts.value = [...prompts.value, ""];
            outputs.value = outputs.value.toSpliced(count, 0, "");
            forget();
          }}
        >
          + Add a prompt
        </button>
      </li>
    </ol>
  );
}

interface RowProps {
  /** In the batch. */
  readonly index: number;
  readonly label: string;
  readonly text: string;
  /** What the state that it goes on from has seen. */
  readonly history: string;
  readonly onInput: (text: string) => void;
  readonly onRemove: (() => void) | undefined;
}

function Row({ index, label, text, history, onInput, onRemove }: RowProps) {
  const output = outputs.value[index];
  const canFork = !busy.value && timing.value?.kept[index] !== undefined;
  return (
    <li style={hueOf(index)}>
      {history && (
        <p class="history">
          <span class="note">goes on from</span> {history.length > 160 ? `…${history.slice(-160)}` : history}
        </p>
      )}
      <textarea
        aria-label={label[0]!.toUpperCase() + label.slice(1)}
        rows={1}
        value={text}
        placeholder={history ? "Nothing more, or what should follow" : ""}
        disabled={busy.value}
        spellcheck={false}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
      <button
        type="button"
        class="quiet"
        aria-label={`Remove ${label}`}
        disabled={busy.value || !onRemove}
        onClick={onRemove}
      >
        ×
      </button>
      {output && (
        <output aria-label={`Continuation of ${label}`}>
          <span class="said">{text}</span>
          {output}
        </output>
      )}
      {output && canFork && (
        <button type="button" class="quiet fork" aria-label={`Fork ${label}`} onClick={() => fork(index)}>
          Fork
        </button>
      )}
    </li>
  );
}
