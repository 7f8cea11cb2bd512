import { useEffect, useMemo } from "preact/hooks";
import { documents } from "../pack/state";
import { Choice, Select } from "../parts/choice";
import { Failure } from "../parts/failure";
import { Figure } from "../parts/figure";
import { count, percent } from "../parts/format";
import { NumberField } from "../parts/number-field";
import { Plot } from "../parts/plot";
import { modelTypes } from "./request";
import * as state from "./state";

const models = [{ options: Object.entries(modelTypes) as (readonly [keyof typeof modelTypes, string])[] }];

export function TrainTab() {
  useEffect(() => void state.look(), []);
  return (
    <div class="tool">
      <Settings />
      <section class="work" aria-label="The run">
        <Controls />
        <Progress />
        <Samples />
      </section>
    </div>
  );
}

function Settings() {
  const fixed = state.training.busy.value;
  return (
    <section class="settings" aria-label="What is trained">
      <Select label="Model" value={state.modelType} groups={models} disabled={fixed} />
      <div class="controls">
        <NumberField {...state.fields.hidden} value={state.hidden} />
        <NumberField {...state.fields.layers} value={state.layers} />
        <NumberField {...state.fields.tokens} value={state.tokens} />
        <NumberField {...state.fields.steps} value={state.steps} />
        <NumberField {...state.fields.lr} value={state.lr} step="any" />
        <NumberField {...state.fields.seed} value={state.seed} />
      </div>
      <Choice
        label="Computed by"
        value={state.backend}
        options={{ auto: "Automatic", webgpu: "WebGPU", cpu: "CPU" }}
        disabled={fixed}
      />
      <p class="note">
        It learns from the {documents.value.length} documents of the tab Pack, packed into every step with
        their boundaries. They may be changed while it runs: lengths are data, so nothing compiles anew.
      </p>
      <Kept />
    </section>
  );
}

/** The run that a visit before left behind. */
function Kept() {
  const kept = state.kept.value;
  if (!kept || state.training.busy.value) return null;
  return (
    <div class="kept">
      <p>
        This browser keeps a run of {count(kept.steps)} steps: {modelTypes[kept.settings.modelType]}, width{" "}
        {kept.settings.hidden}.
      </p>
      <div class="actions">
        {!state.begun.value && (
          <button type="button" onClick={() => void state.train("restore")}>
            Restore it
          </button>
        )}
        <button type="button" class="quiet" onClick={() => void state.forgetKept()}>
          Forget it
        </button>
      </div>
    </div>
  );
}

function Controls() {
  const { busy, result, failure } = state.training;
  return (
    <>
      <div class="actions">
        <button type="button" class="primary" disabled={busy.value} onClick={() => void state.train("begin")}>
          {state.begun.value ? "Begin anew" : "Train"}
        </button>
        {busy.value ? (
          <button type="button" onClick={state.training.stop}>
            Pause
          </button>
        ) : (
          <button type="button" disabled={!state.begun.value} onClick={() => void state.train("go-on")}>
            Go on
          </button>
        )}
        <button
          type="button"
          disabled={busy.value || !state.begun.value}
          onClick={() => void state.download()}
        >
          Download the checkpoint
        </button>
      </div>
      <Failure of={failure.value ?? state.trouble.value} />
      <p class="note" role="status">
        {said(busy.value, result.value)}
      </p>
    </>
  );
}

function said(busy: boolean, report: (typeof state.training.result)["value"]): string {
  const about = state.info.value;
  const where = about
    ? `${count(about.parameters)} parameters on ${about.backend.backend === "cpu" ? "the CPU" : about.backend.adapter}`
    : "";
  if (busy) return where ? `Training ${where}.` : "Opening the backend and drawing the first weights.";
  if (!report) return "A step's cost is seen once it runs; small models learn letters first, then words.";
  const keeping = report.unkept ? `It is not kept here: ${report.unkept}` : "It is kept in this browser.";
  return `${report.paused ? "Paused" : "Finished"} after ${count(report.steps)} steps, ${where}. ${keeping}`;
}

function Progress() {
  const taken = state.taken.value;
  const series = useMemo(
    () => [
      { title: "bits a byte", points: taken.map(({ step, loss }) => ({ x: step, y: loss / Math.LN2 })) },
    ],
    [taken],
  );
  const last = taken.at(-1);
  if (!last)
    return (
      <p class="empty">
        A model begins with random weights and guesses bytes: eight bits each. Train it here, and watch the
        loss fall.
      </p>
    );
  return (
    <>
      <dl class="figures">
        <Figure name="Step" value={count(last.step)} />
        <Figure name="Loss" value={(last.loss / Math.LN2).toFixed(3)}>
          bits a byte
        </Figure>
        <Figure name="Speed" value={count(Math.round(last.tokensPerSecond))}>
          tokens/s
        </Figure>
        <Figure name="Batch" value={count(last.sequences)}>
          {last.sequences === 1 ? "sequence" : "sequences"}, {percent(last.fillRatio)} full
        </Figure>
      </dl>
      <Plot title="Loss" series={series} x="step" y="bits a byte" />
    </>
  );
}

function Samples() {
  const samples = state.samples.value;
  if (samples.length === 0) return null;
  return (
    <section class="samples" aria-labelledby="samples-title">
      <h2 id="samples-title">What it writes</h2>
      <ol>
        {samples.map(({ step, text }) => (
          <li key={step}>
            <span class="note">step {step}</span>
            <code>{text.replaceAll("\n", "⏎")}</code>
          </li>
        ))}
      </ol>
    </section>
  );
}
