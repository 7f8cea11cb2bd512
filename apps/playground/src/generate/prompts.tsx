import { hueOf } from "../parts/hue";
import { busy, outputs, prompts } from "./state";

const replace = (at: number, ...by: string[]) => {
  prompts.value = prompts.value.toSpliced(at, 1, ...by);
  outputs.value = outputs.value.toSpliced(at, 1, ...by.map(() => ""));
};

/** The prompts of one ragged batch, and under each what the model has made of it. */
export function Prompts() {
  return (
    <ol class="prompts">
      {prompts.value.map((text, i) => (
        <li key={i} style={hueOf(i)}>
          <textarea
            aria-label={`Prompt ${i}`}
            rows={1}
            value={text}
            disabled={busy.value}
            spellcheck={false}
            onInput={({ currentTarget }) => replace(i, currentTarget.value)}
          />
          <button
            type="button"
            class="quiet"
            aria-label={`Remove prompt ${i}`}
            disabled={busy.value || prompts.value.length === 1}
            onClick={() => replace(i)}
          >
            ×
          </button>
          {outputs.value[i] && (
            <output aria-label={`Continuation of prompt ${i}`}>
              <span class="said">{text}</span>
              {outputs.value[i]}
            </output>
          )}
        </li>
      ))}
      <li class="add">
        <button
          type="button"
          class="quiet"
          disabled={busy.value}
          onClick={() => {
            prompts.value = [...prompts.value, ""];
          }}
        >
          + Add a prompt
        </button>
      </li>
    </ol>
  );
}
