import { useMemo, useState } from "preact/hooks";
import { Choice, Select } from "../parts/choice";
import { count, milliseconds, scientific } from "../parts/format";
import { NumberField } from "../parts/number-field";
import { Plot } from "../parts/plot";
import { Work } from "../parts/work";
import { about } from "../variants/names";
import { hasWebGpu } from "../worker/has-webgpu";
import { Comparison } from "./comparison";
import { benchVariants, heads, type Point, type Suite, sequences, suiteNames, suites } from "./request";
import * as state from "./state";

const options = [{ options: benchVariants.map((name) => [name, about[name].title] as const) }];

export function BenchTab() {
  const { result, busy, failure } = state.benches;
  const points = state.points.value;
  return (
    <div class="tool">
      <Settings />
      <section class="work" aria-label="Measurements">
        <Work
          label="Measure"
          busy={busy.value}
          progress={state.progress}
          failure={failure.value}
          disabled={state.on.value === "webgpu" && !hasWebGpu}
          cost="a second or two a point on a graphics card, more on a processor"
          onStart={state.start}
          onStop={state.benches.stop}
        />
        {points.length === 0 && !busy.value && (
          <p class="empty">
            A call is timed with all its work and nothing read back; the median of a few rows of calls counts.
            Heads and widths are those of the measurements on an NVIDIA H200 that come with this page.
          </p>
        )}
        {result.value && <About />}
        {suiteNames.map((suite) => (
          <SuitePlot key={suite} suite={suite} points={points} />
        ))}
        {points.length > 0 && <Comparison points={points} variant={state.variant.value} />}
        {result.value && <Copy />}
      </section>
    </div>
  );
}

function Settings() {
  return (
    <section class="settings" aria-label="What is measured">
      <Select label="Variant" value={state.variant} groups={options} disabled={state.benches.busy.value} />
      <p class="equation">{about[state.variant.value].equation}</p>
      <fieldset class="choice">
        <legend>Suites</legend>
        {suiteNames.map((suite) => (
          <label key={suite}>
            <input
              type="checkbox"
              checked={state.suites.value.includes(suite)}
              onChange={({ currentTarget }) => {
                const without = state.suites.value.filter((name) => name !== suite);
                const next = currentTarget.checked ? [...without, suite] : without;
                if (next.length > 0) state.suites.value = next;
                else currentTarget.checked = true;
              }}
            />
            {suites[suite]}
          </label>
        ))}
      </fieldset>
      <NumberField label="Tokens" value={state.tokens} codec={state.tokenCodec} />
      <Choice label="Runs on" value={state.on} options={{ webgpu: "WebGPU", cpu: "CPU" }} />
      {!hasWebGpu && (
        <p class="note">
          This browser offers no WebGPU: the CPU backend is measured, which has one plan and one tier.
        </p>
      )}
      <p class="note">
        H = {heads.H}, K = V = {heads.K}, f32. Ragged batches have {sequences} sequences.
      </p>
    </section>
  );
}

function About() {
  const { machine, features, error } = state.benches.result.value!;
  return (
    <p class="note" role="status">
      Measured on {[machine, ...features].join(", ")}. The smallest case is {scientific(error)} from the CPU
      backend.
    </p>
  );
}

const seriesOf = (points: readonly Point[]) =>
  [...new Set(points.map(({ series }) => series))].map((title) => ({
    title,
    points: points.flatMap(({ series, x, ms }) => (series === title ? [{ x, y: ms }] : [])),
  }));

function SuitePlot({ suite, points }: { readonly suite: Suite; readonly points: readonly Point[] }) {
  const of = useMemo(() => points.filter((point) => point.suite === suite), [points, suite]);
  const series = useMemo(() => seriesOf(of), [of]);
  if (of.length === 0) return null;
  const packing = suite === "packing";
  return (
    <section class="suite" data-suite={suite}>
      <Plot
        title={suites[suite]}
        series={series}
        x={packing ? "skew of the lengths" : "tokens"}
        y="milliseconds"
        logX={!packing}
        logY
      />
      <details>
        <summary>The numbers</summary>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">Series</th>
                <th scope="col" class="number">
                  {packing ? "Skew" : "T"}
                </th>
                <th scope="col" class="number">
                  Tokens
                </th>
                <th scope="col" class="number">
                  A call
                </th>
              </tr>
            </thead>
            <tbody>
              {of.map(({ series, x, tokens, ms }) => (
                <tr key={`${series} ${x}`}>
                  <th scope="row">{series}</th>
                  <td class="number">{x}</td>
                  <td class="number">{count(tokens)}</td>
                  <td class="number">{milliseconds(ms)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  );
}

/** The measurements as JSON, to be copied. */
function Copy() {
  const [copied, setCopied] = useState(false);
  const json = JSON.stringify(
    {
      taken: new Date().toISOString().slice(0, 10),
      browser: navigator.userAgent,
      variant: state.variant.value,
      ...heads,
      ...state.benches.result.value,
    },
    null,
    2,
  );
  return (
    <details class="json">
      <summary>JSON</summary>
      <button
        type="button"
        onClick={async () => {
          await navigator.clipboard.writeText(json);
          setCopied(true);
        }}
      >
        {copied ? "Copied" : "Copy"}
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <pre tabIndex={0}>{json}</pre>
    </details>
  );
}
