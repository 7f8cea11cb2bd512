import { Failure } from "../parts/failure";
import { scientific } from "../parts/format";
import { hueOf } from "../parts/hue";
import type { LeakReport } from "./request";
import { changed, leaks, request } from "./state";

/** Changes one sequence, and shows whose results moved. */
export function Leak({ lengths }: { readonly lengths: readonly number[] }) {
  const { result, busy, failure } = leaks;
  const sequence = Math.min(changed.value, lengths.length - 1);
  return (
    <section class="leak" aria-labelledby="leak-title">
      <h2 id="leak-title">Leak test</h2>
      <div class="actions">
        <label class="inline">
          Draw sequence
          <select
            value={String(sequence)}
            onChange={({ currentTarget }) => {
              changed.value = Number(currentTarget.value);
            }}
          >
            {lengths.map((length, i) => (
              <option key={i} value={String(i)}>
                {i} ({length} tokens)
              </option>
            ))}
          </select>
          anew
        </label>
        <button
          type="button"
          disabled={busy.value}
          onClick={() => void leaks.start({ ...request.value, lengths, changed: sequence })}
        >
          Leak test
        </button>
      </div>
      <Failure of={failure.value} />
      {result.value && <Moved report={result.value} lengths={lengths} />}
    </section>
  );
}

function Moved({ report, lengths }: { readonly report: LeakReport; readonly lengths: readonly number[] }) {
  const others = report.moved.flatMap(({ bySequence }) => bySequence.filter((_, n) => n !== report.changed));
  const most = Math.max(0, ...others);
  return (
    <>
      <p role="status">
        {most === 0
          ? `Sequence ${report.changed} moved on ${report.side}; no other result changed by a bit.`
          : `Results of other sequences moved by up to ${scientific(most)} on ${report.side}.`}
      </p>
      <div class="scroll">
        <table>
          <caption>The largest change of a result</caption>
          <thead>
            <tr>
              <th scope="col">Sequence</th>
              {report.moved.map(({ name }) => (
                <th scope="col" class="number" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lengths.slice(0, 64).map((length, n) => (
              <tr key={n} class={n === report.changed ? "chosen" : ""}>
                <th scope="row">
                  <span class="chip" style={hueOf(n)} /> {n} <span class="note">{length} tokens</span>
                </th>
                {report.moved.map(({ name, bySequence }) => (
                  <td class="number" key={name} data-moved={`${name} ${n}`}>
                    {bySequence[n] === 0 ? "unmoved" : scientific(bySequence[n]!)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
