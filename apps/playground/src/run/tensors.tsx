import { scientific } from "../parts/format";
import { HeatMap } from "../parts/heat-map";
import { Ribbon } from "../parts/ribbon";
import { titles } from "./names";
import type { RunReport, TensorReport } from "./request";
import { shown } from "./state";

/** Every result and gradient with its error; the chosen one as heat maps. */
export function Tensors({ report }: { readonly report: RunReport }) {
  const { tensors, tolerance, sides } = report;
  const chosen = tensors.find(({ name }) => name === shown.value) ?? tensors[0]!;
  return (
    <>
      <div class="scroll">
        <table class="choosable">
          <caption>
            Relative error against the oracle, which may be {scientific(tolerance)}; a gradient's is estimated
            along random directions
          </caption>
          <thead>
            <tr>
              <th scope="col">Tensor</th>
              <th scope="col">Shape</th>
              {sides.map(({ side }) => (
                <th scope="col" class="number" key={side}>
                  {titles[side]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tensors.map((tensor) => (
              <tr key={tensor.name} class={tensor === chosen ? "chosen" : ""} data-tensor={tensor.name}>
                <th scope="row">
                  <button
                    type="button"
                    class="name"
                    aria-pressed={tensor === chosen}
                    onClick={() => {
                      shown.value = tensor.name;
                    }}
                  >
                    {tensor.name}
                  </button>
                </th>
                <td class="mono">[{tensor.shape.join(", ")}]</td>
                {sides.map(({ side }) => (
                  <ErrorCell key={side} tensor={tensor} side={side} tolerance={tolerance} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Maps tensor={chosen} lengths={report.lengths} />
    </>
  );
}

function ErrorCell({
  tensor,
  side,
  tolerance,
}: {
  readonly tensor: TensorReport;
  readonly side: string;
  readonly tolerance: number;
}) {
  const error = tensor.sides.find((one) => one.side === side)?.error;
  if (error === undefined) return <td class="number">—</td>;
  const good = error <= tolerance;
  return (
    <td class={good ? "number good" : "number bad"} data-error={error}>
      {scientific(error)} <span aria-hidden="true">{good ? "✓" : "✗"}</span>
      <span class="unseen">{good ? "within tolerance" : "beyond tolerance"}</span>
    </td>
  );
}

/** A tensor on every side, with the difference beside it. */
function Maps({ tensor, lengths }: { readonly tensor: TensorReport; readonly lengths: readonly number[] }) {
  const { name, exact, sides, kind } = tensor;
  const scale = Math.max(...[exact, ...sides.map(({ grid }) => grid)].map((grid) => grid?.peak ?? 0));
  const ragged = kind === "output" ? <Ribbon lengths={lengths} /> : undefined;
  const from = exact ? "the oracle" : "CPU";
  return (
    <section class="maps" aria-label={`${name} as heat maps`}>
      {exact && (
        <div class="pair">
          <HeatMap title={`${name}, oracle`} grid={exact} scale={scale}>
            {ragged}
          </HeatMap>
          <p class="note">
            {kind === "output"
              ? "Tokens go to the right, the channels of all heads down."
              : "Sequences go to the right, each with its matrix; heads down."}{" "}
            Orange is above zero, teal below; a difference has its own scale.
          </p>
        </div>
      )}
      {sides.map(({ side, grid, difference }) => (
        <div class="pair" key={side}>
          <HeatMap title={`${name}, ${titles[side]}`} grid={grid} scale={scale}>
            {ragged}
          </HeatMap>
          {difference && (
            <HeatMap title={`${titles[side]} − ${from}`} grid={difference}>
              {ragged}
            </HeatMap>
          )}
        </div>
      ))}
    </section>
  );
}
