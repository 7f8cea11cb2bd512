import type { BackendChoice, BackendInfo } from "../worker/jobs";
import { busy, checkpointBytes, choice, info, load, loading, model } from "./state";

const choices: Record<BackendChoice, string> = { auto: "Automatic", webgpu: "WebGPU", cpu: "CPU" };

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** What computes, and the checkpoint on it. */
export function Machine() {
  return (
    <section class="machine" aria-labelledby="machine-title">
      <h2 id="machine-title">Backend</h2>
      <fieldset class="choice" disabled={busy.value}>
        <legend>Computed by</legend>
        {(Object.keys(choices) as BackendChoice[]).map((name) => (
          <label key={name}>
            <input
              type="radio"
              name="backend"
              checked={choice.value === name}
              onChange={() => {
                choice.value = name;
              }}
            />
            {choices[name]}
          </label>
        ))}
      </fieldset>
      {info.value && <p class="backend">{sentence(info.value)}</p>}
      <h2>Checkpoint</h2>
      <p>
        gdn-byte: a byte-level Gated DeltaNet, trained on <cite>Moby-Dick</cite> and State of the Union
        addresses. Its words are plausible; its sense is not.
      </p>
      <Checkpoint />
    </section>
  );
}

function Checkpoint() {
  if (loading.value) {
    const { stage, done, total } = loading.value;
    const text =
      stage === "download"
        ? `Downloaded ${megabytes(done)} of ${megabytes(total)}`
        : `${done} of ${total} parameters on the device`;
    return (
      <label class="progress">
        {text}
        <progress value={done} max={total} />
      </label>
    );
  }
  if (model.value) {
    const { parameters, bytes, seconds } = model.value;
    return (
      <p class="loaded">
        {(parameters / 1e6).toFixed(2)} M parameters, {megabytes(bytes)} in memory, loaded in{" "}
        {seconds.toFixed(1)} s.
      </p>
    );
  }
  return (
    <button type="button" class="primary" disabled={!info.value || busy.value} onClick={() => void load()}>
      Load, {megabytes(checkpointBytes)}
    </button>
  );
}

/** What computes, said plainly. */
function sentence({ backend, adapter, software }: BackendInfo): string {
  if (backend === "webgpu")
    return `WebGPU on ${adapter}${software ? ", a software adapter: right, and slow" : ""}.`;
  if (!adapter) return "CPU: this browser offers no WebGPU adapter.";
  return software
    ? `CPU: the only WebGPU adapter, ${adapter}, is a software one.`
    : `CPU, as chosen; ${adapter} is there too.`;
}
