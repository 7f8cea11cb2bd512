import { bytes, count, milliseconds } from "../parts/format";
import { titles } from "./names";
import type { RunReport, SideReport } from "./request";

const sum = (stages: SideReport["stages"], of: "launches" | "bytes"): number =>
  stages.reduce((total, stage) => total + stage[of], 0);

/** What each side took. */
export function Machines({ report: { sides, oracleMs } }: { readonly report: RunReport }) {
  return (
    <div class="scroll">
      <table>
        <caption>Time and traffic</caption>
        <thead>
          <tr>
            <th scope="col">On</th>
            <th scope="col" class="number">
              First time
            </th>
            <th scope="col" class="number">
              Forward
            </th>
            <th scope="col" class="number">
              With backward
            </th>
            <th scope="col" class="number">
              Launches
            </th>
            <th scope="col" class="number">
              Bytes bound
            </th>
            <th scope="col" class="number">
              Memory
            </th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Oracle, f64</th>
            <td class="number">—</td>
            <td class="number">{milliseconds(oracleMs)}</td>
            <td class="number">—</td>
            <td class="number">—</td>
            <td class="number">—</td>
            <td class="number">—</td>
          </tr>
          {sides.map((side) => (
            <tr key={side.side} data-side={side.side}>
              <th scope="row">
                {titles[side.side]}
                {side.side === "webgpu" && (
                  <span class="aside">{[side.name, ...side.features].join(", ")}</span>
                )}
              </th>
              <td class="number">{milliseconds(side.firstMs)}</td>
              <td class="number">{milliseconds(side.forwardMs)}</td>
              <td class="number">{side.bothMs === undefined ? "—" : milliseconds(side.bothMs)}</td>
              <td class="number">{side.stages.length ? count(sum(side.stages, "launches")) : "—"}</td>
              <td class="number">{side.stages.length ? bytes(sum(side.stages, "bytes")) : "—"}</td>
              <td class="number">{bytes(side.peakBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {sides.map(
        ({ side, noGradient }) =>
          noGradient && (
            <p key={side} class="note">
              No gradient on {titles[side]}: {noGradient}
            </p>
          ),
      )}
    </div>
  );
}
