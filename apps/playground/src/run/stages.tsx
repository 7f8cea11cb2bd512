import { useState } from "preact/hooks";
import { bytes, count, milliseconds } from "../parts/format";
import { Wgsl } from "../parts/wgsl";
import type { SideReport, Stage } from "./request";

/** The shaders that ran, in their order, each to be read as it was linked. */
export function Stages({ sides }: { readonly sides: readonly SideReport[] }) {
  const stages = sides.flatMap((side) => side.stages);
  if (stages.length === 0) return null;
  return (
    <section class="stages" aria-labelledby="stages-title">
      <h2 id="stages-title">What ran on WebGPU</h2>
      {(["forward", "backward"] as const).map((pass) => {
        const of = stages.filter((stage) => stage.pass === pass);
        return (
          of.length > 0 && (
            <div key={pass}>
              <h3>{pass === "forward" ? "Forward" : "Backward"}</h3>
              <ol>
                {of.map((stage, i) => (
                  <li key={i}>
                    <OneStage stage={stage} />
                  </li>
                ))}
              </ol>
            </div>
          )
        );
      })}
    </section>
  );
}

function OneStage({ stage }: { readonly stage: Stage }) {
  const [open, setOpen] = useState(false);
  const { kernel, slots, launches, workgroups, nanoseconds } = stage;
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <code>{kernel}</code>
        {Object.entries(slots).map(([slot, module]) => (
          <span class="slot" key={slot}>
            {slot} <b>{module}</b>
          </span>
        ))}
        <span class="aside">
          {count(launches)} × launched, {count(workgroups)} workgroups, {bytes(stage.bytes)}
          {nanoseconds !== undefined && `, ${milliseconds(nanoseconds / 1e6)}`}
        </span>
      </summary>
      {open && <Wgsl stage={stage} />}
    </details>
  );
}
