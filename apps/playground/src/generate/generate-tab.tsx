import { fromLengths } from "@webfla/varlen";
import { useEffect } from "preact/hooks";
import { Failure } from "../parts/failure";
import { Figure } from "../parts/figure";
import { count, percent } from "../parts/format";
import { NumberField } from "../parts/number-field";
import type { Rate } from "../worker/jobs";
import { Machine } from "./machine";
import { Prompts } from "./prompts";
import {
  busy,
  choice,
  failure,
  forks,
  loading,
  maxNewTokens,
  model,
  open,
  prompts,
  run,
  sampling,
  seed,
  stop,
  temperature,
  timing,
  topK,
  topP,
} from "./state";

export function GenerateTab() {
  const chosen = choice.value;
  useEffect(() => {
    void open(chosen);
  }, [chosen]);
  return (
    <div class="tool generate">
      <Machine />
      <section class="work" aria-label="Generation">
        <form
          class="controls"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <NumberField {...sampling.maxNewTokens} value={maxNewTokens} />
          <NumberField {...sampling.temperature} value={temperature} step="any" />
          <NumberField {...sampling.topK} value={topK} />
          <NumberField {...sampling.topP} value={topP} step="any" />
          <NumberField {...sampling.seed} value={seed} />
          <span class="actions">
            <button type="submit" class="primary" disabled={!model.value || busy.value}>
              Generate
            </button>
            <button type="button" disabled={!busy.value} onClick={stop}>
              Stop
            </button>
          </span>
        </form>
        <Failure of={failure.value} />
        <Prompts />
        <Outcome />
      </section>
    </div>
  );
}

function Outcome() {
  const utf8 = new TextEncoder();
  // a document is opened by one token before its bytes; a fork has one that its state has not seen
  const texts = [...prompts.value, ...forks.value.map(({ text }) => text)];
  const batch = fromLengths(texts.map((text) => utf8.encode(text).length + 1));
  const rectangle = batch.sequences * batch.maxLength;
  const done = timing.value;
  return (
    <>
      <dl class="figures">
        <Figure name="Prompts" value={`${count(batch.totalTokens)} tokens`}>
          {batch.sequences} packed; padded {count(rectangle)},{" "}
          {percent(rectangle ? 1 - batch.totalTokens / rectangle : 0)} saved
        </Figure>
        {done && <Speed name="Prefill" rate={done.prefill} />}
        {done && <Speed name="Decode" rate={done.decode} />}
      </dl>
      <p class="note" role="status">
        {status()}
      </p>
    </>
  );
}

const Speed = ({ name, rate }: { readonly name: string; readonly rate: Rate }) => (
  <Figure
    name={name}
    value={rate.seconds > 0 ? `${count(Math.round(rate.tokens / rate.seconds))} tokens/s` : "—"}
  >
    {count(rate.tokens)} in {rate.seconds.toFixed(2)} s
  </Figure>
);

function status(): string {
  if (loading.value) return "Loading the checkpoint.";
  if (busy.value) return model.value ? "Generating." : "Opening the backend.";
  if (timing.value) return timing.value.stopped ? "Stopped." : "Finished.";
  return model.value ? "Ready." : "Load the checkpoint to begin.";
}
