import type { Stage } from "../run/request";

type Shader = Pick<Stage, "code" | "files" | "slots" | "constants">;

/** A linked shader, a file after the other: those of slots and the constants that the host gave are marked. */
export function Wgsl({ stage: { code, files, slots, constants } }: { readonly stage: Shader }) {
  const lines = code.split("\n");
  const first = files[0]?.line ?? 1;
  const parts = [
    { path: "directives", from: 1, to: first },
    ...files.map(({ path, line }, i) => ({ path, from: line, to: files[i + 1]?.line ?? lines.length + 1 })),
  ].filter(({ from, to }) => to > from);
  return (
    <div class="wgsl">
      {parts.map(({ path, from, to }) => {
        const slot = slotIn(path, slots);
        return (
          <section key={path} class={slot ? "file of-slot" : "file"} aria-label={path}>
            <p>
              <code>{path}</code>
              {slot && <span class="slot">slot {slot}</span>}
            </p>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
            <pre tabIndex={0}>
              {lines.slice(from - 1, to - 1).map((line, i) => (
                <Line key={i} text={line} constants={constants} />
              ))}
            </pre>
          </section>
        );
      })}
    </div>
  );
}

/** The slot that a file fills, or whose tensor it reads or writes. */
const slotIn = (path: string, slots: Shader["slots"]): string | undefined =>
  Object.entries(slots).find(
    ([slot, module]) => path.endsWith(`/${slot}.${module}.wgsl`) || path.endsWith(` of ${slot}`),
  )?.[0];

const token =
  /(?<comment>\/\/.*)|(?<keyword>\b(?:fn|let|var|const|if|else|for|while|loop|return|struct|alias|override|enable|diagnostic|continue|break|switch|case|default|true|false)\b)|(?<attribute>@\w+)|(?<number>\b\d[\w.]*\b)/g;
const given = /^\s*const\s+(\w+)/;

function Line({ text, constants }: { readonly text: string; readonly constants: Shader["constants"] }) {
  const name = given.exec(text)?.[1];
  const spans = [];
  let at = 0;
  for (const match of text.matchAll(token)) {
    const kind = Object.entries(match.groups!).find(([, found]) => found !== undefined)![0];
    spans.push(
      text.slice(at, match.index),
      <span key={match.index} class={kind}>
        {match[0]}
      </span>,
    );
    at = match.index + match[0].length;
  }
  return (
    <span class={name !== undefined && name in constants ? "line given" : "line"}>
      {spans}
      {text.slice(at)}
      {"\n"}
    </span>
  );
}
