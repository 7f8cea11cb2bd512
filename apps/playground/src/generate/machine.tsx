import { Choice } from "../parts/choice";
import { bytes } from "../parts/format";
import type { BackendInfo } from "../worker/choices";
import {
  busy,
  checkpointBytes,
  choice,
  files,
  hubId,
  info,
  load,
  loading,
  model,
  place,
  stop,
  unload,
} from "./state";

/** What computes, and the checkpoint on it. */
export function Machine() {
  return (
    <section class="machine" aria-labelledby="machine-title">
      <h2 id="machine-title">Backend</h2>
      <Choice
        label="Computed by"
        value={choice}
        options={{ auto: "Automatic", webgpu: "WebGPU", cpu: "CPU" }}
        disabled={busy.value}
      />
      {info.value && <p class="backend">{sentence(info.value)}</p>}
      <h2>Checkpoint</h2>
      <Checkpoint />
    </section>
  );
}

function Checkpoint() {
  if (loading.value) {
    const { done, total } = loading.value;
    return (
      <>
        <label class="progress">
          {total ? `${bytes(done)} of ${bytes(total)}` : "Opening the checkpoint"}
          <progress value={done} max={total || 1} />
        </label>
        <button type="button" onClick={stop}>
          Stop loading
        </button>
      </>
    );
  }
  if (model.value) {
    const { modelType, parameters, bytes: size, seconds } = model.value;
    return (
      <>
        <p class="loaded">
          {modelType}: {(parameters / 1e6).toFixed(2)} M parameters, {bytes(size)} in memory, loaded in{" "}
          {seconds.toFixed(1)} s.
        </p>
        <button type="button" class="quiet" disabled={busy.value} onClick={unload}>
          Another checkpoint
        </button>
      </>
    );
  }
  return (
    <>
      <Choice
        label="From"
        value={place}
        options={{ "built-in": "Built-in", disk: "Disk", hub: "Hub" }}
        disabled={busy.value}
      />
      <Place />
    </>
  );
}

function Place() {
  const button = (text: string, ready: boolean) => (
    <button
      type="button"
      class="primary"
      disabled={!info.value || busy.value || !ready}
      onClick={() => void load()}
    >
      {text}
    </button>
  );
  switch (place.value) {
    case "built-in":
      return (
        <>
          <p>
            gdn-byte: a byte-level Gated DeltaNet, trained on <cite>Moby-Dick</cite> and State of the Union
            addresses. Its words are plausible; its sense is not.
          </p>
          {button(`Load, ${bytes(checkpointBytes)}`, true)}
        </>
      );
    case "disk":
      return (
        <>
          <label class="field wide">
            <span>config.json, the safetensors and, where there is one, tokenizer.json</span>
            <input
              type="file"
              multiple
              onChange={({ currentTarget }) => {
                files.value = [...(currentTarget.files ?? [])];
              }}
            />
          </label>
          {button(
            files.value.length
              ? `Load, ${bytes(files.value.reduce((sum, file) => sum + file.size, 0))}`
              : "Load",
            files.value.length > 0,
          )}
        </>
      );
    case "hub":
      return (
        <>
          <label class="field wide">
            <span>Repository with a checkpoint of FLA</span>
            <input
              type="text"
              placeholder="fla-hub/…"
              spellcheck={false}
              value={hubId.value}
              onInput={({ currentTarget }) => {
                hubId.value = currentTarget.value.trim();
              }}
            />
          </label>
          <p class="note">Downloads from huggingface.co, and keeps the files in this browser.</p>
          {button("Load", hubId.value !== "")}
        </>
      );
    default:
      return place.value satisfies never;
  }
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
