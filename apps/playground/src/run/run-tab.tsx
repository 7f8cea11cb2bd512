import { Check, Choice, Select } from "../parts/choice";
import { flops } from "../parts/format";
import { Lengths } from "../parts/lengths";
import { NumberField } from "../parts/number-field";
import { Work } from "../parts/work";
import { about, type Family, families, lawNames, variantNames } from "../variants/names";
import { hasWebGpu } from "../worker/has-webgpu";
import { Leak } from "./leak-view";
import { Machines } from "./machines";
import { Stages } from "./stages";
import * as state from "./state";
import { Tensors } from "./tensors";

const groups = (Object.keys(families) as Family[]).map((family) => ({
  title: families[family],
  options: variantNames
    .filter((name) => about[name].family === family)
    .map((name) => [name, about[name].title] as const),
}));
const plain = <V extends string>(options: readonly V[]) => [{ options: options.map((o) => [o, o] as const) }];

export function RunTab() {
  const { result, busy } = state.runs;
  const found = result.value;
  return (
    <div class="tool">
      <Settings />
      <section class="work" aria-label="The run">
        <Work
          label="Run"
          busy={busy.value}
          progress={state.runs.progress}
          failure={state.runs.failure.value ?? state.refused.value}
          disabled={state.refused.value !== undefined}
          cost={costOf()}
          onStart={() => {
            state.leaks.clear();
            void state.runs.start(state.request.value);
          }}
          onStop={state.runs.stop}
        />
        {found ? (
          <>
            <Machines report={found} />
            <Tensors report={found} />
            <Leak lengths={found.lengths} />
            <Stages sides={found.sides} />
          </>
        ) : (
          !busy.value && (
            <p class="empty">
              Every result is held to the variant's recurrence as its paper writes it, computed here in f64.
              Choose a case and run it: what comes out, how far it is off, and the shaders that made it appear
              in this place.
            </p>
          )
        )}
      </section>
    </div>
  );
}

function costOf(): string {
  const { flops: arithmetic, seconds } = state.cost.value;
  const time = seconds < 1 ? "under a second" : `about ${Math.round(seconds)} s`;
  return `${flops(arithmetic)} forward; the oracle takes ${time}`;
}

function Settings() {
  const busy = state.runs.busy.value;
  const { equation, grouped } = about[state.variant.value];
  return (
    <section class="settings" aria-label="The case">
      <Select label="Variant" value={state.variant} groups={groups} disabled={busy} />
      <p class="equation">{equation}</p>
      {state.variant.value === "laws" && (
        <div class="controls">
          <Select label="Decay" value={state.decay} groups={plain(lawNames.decay)} />
          <Select label="Erase" value={state.erase} groups={plain(lawNames.erase)} />
          <Select label="Read" value={state.read} groups={plain(lawNames.read)} />
        </div>
      )}
      <Lengths value={state.lengths} codec={state.lengthCodec} most={state.most} />
      <div class="controls">
        <NumberField {...state.sizes.H} value={state.H} />
        {grouped && <NumberField {...state.sizes.HV} value={state.HV} />}
        <NumberField {...state.sizes.K} value={state.K} />
        <NumberField {...state.sizes.V} value={state.V} />
        <NumberField {...state.sizes.seed} value={state.seed} />
      </div>
      <Check label="Backward too" value={state.backward} />
      <Choice label="Runs on" value={state.on} options={{ both: "Both", webgpu: "WebGPU", cpu: "CPU" }} />
      {state.on.value !== "cpu" && (
        <>
          <Choice
            label="Features"
            value={state.tiers}
            options={{ all: "All there are", baseline: "Baseline" }}
          />
          <Choice
            label="Plan"
            value={state.plan}
            options={{ auto: "Automatic", chunked: "Chunks", recurrent: "Token by token" }}
          />
        </>
      )}
      <Choice label="Storage" value={state.storage} options={{ f32: "f32", f16: "f16" }} />
      {!hasWebGpu && <p class="note">This browser offers no WebGPU: the CPU backend computes.</p>}
    </section>
  );
}
