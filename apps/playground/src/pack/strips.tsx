import { hueOf } from "../parts/hue";
import type { Packing, Place } from "./packing";

/** A horizontal line of the picture: sequences one after another, in a strip of `width` tokens. */
export interface Strip {
  readonly width: number;
  readonly runs: readonly { readonly sequence: number; readonly start: number }[];
}

/** The rows as they are packed. */
export const packedStrips = ({ rows, varlen }: Packing): Strip[] =>
  rows.rows.map((documents, row) => {
    const first = rows.offsets[row]!;
    const base = varlen.cuSeqlens[first]!;
    const runs = Array.from(documents, (_, i) => ({
      sequence: first + i,
      start: varlen.cuSeqlens[first + i]! - base,
    }));
    return { width: rows.budget, runs };
  });

/** The rectangle: a sequence a line, each as long as the longest. */
export const paddedStrips = ({ varlen }: Packing): Strip[] =>
  Array.from({ length: varlen.sequences }, (_, sequence) => ({
    width: varlen.maxLength,
    runs: [{ sequence, start: 0 }],
  }));

export interface StripsProps {
  readonly label: string;
  readonly packing: Packing;
  readonly strips: readonly Strip[];
  /** Tokens across the whole picture, so that pictures can share a scale. */
  readonly scale: number;
  readonly place: Place | undefined;
  readonly onPoint: (token: number) => void;
}

const drawn = 200;
const height = 20;
const pitch = 26;

/** Strips of coloured runs with ticks between chunks; a pointer or the arrow keys choose a token. */
export function Strips({ label, packing, strips, scale, place, onPoint }: StripsProps) {
  const { varlen, chunks } = packing;
  const visible = strips.slice(0, drawn);
  const at = place && locate(strips, varlen.cuSeqlens, place);
  const point = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const strip = visible[Math.floor((event.clientY - box.top) / pitch)];
    const token = strip && tokenAt(packing, strip, ((event.clientX - box.left) / box.width) * scale);
    if (token !== undefined) onPoint(token);
  };
  return (
    <>
      <div
        class="strips"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, varlen.totalTokens - 1)}
        aria-valuenow={place?.token ?? 0}
        aria-valuetext={place && describe(packing, place)}
        onPointerMove={point}
        onPointerDown={point}
        onKeyDown={(event) => {
          const token = place && step(packing, place, event.key);
          if (token === undefined) return;
          event.preventDefault();
          onPoint(token);
        }}
      >
        <svg
          aria-hidden="true"
          viewBox={`0 0 ${scale} ${visible.length * pitch}`}
          height={visible.length * pitch}
          preserveAspectRatio="none"
        >
          {visible.map(({ width, runs }, line) => (
            <g key={line} transform={`translate(0 ${line * pitch + 3})`}>
              <rect class="empty" width={width} height={height} />
              {runs.map(({ sequence, start }) => (
                <g key={sequence} style={hueOf(packing.rows.documents[sequence]!)}>
                  <rect
                    class={place?.sequence === sequence ? "run pointed" : "run"}
                    x={start}
                    width={varlen.lengths[sequence]!}
                    height={height}
                  />
                  <path class="tick" d={ticks(start, varlen.lengths[sequence]!, chunks.size)} />
                </g>
              ))}
            </g>
          ))}
          {at && at.line < drawn && (
            <rect
              class="chunk"
              x={at.x - ((place?.position ?? 0) % chunks.size)}
              y={at.line * pitch + 1}
              width={chunkWidth(packing, place!)}
              height={height + 4}
            />
          )}
          {at && at.line < drawn && (
            <rect class="cursor" x={at.x} y={at.line * pitch + 1} width={1} height={height + 4} />
          )}
        </svg>
      </div>
      {strips.length > drawn && (
        <p class="note">
          The first {drawn} of {strips.length.toLocaleString("en")} lines are drawn.
        </p>
      )}
    </>
  );
}

const ticks = (start: number, length: number, size: number): string =>
  Array.from(
    { length: Math.ceil(length / size) - 1 },
    (_, i) => `M${start + (i + 1) * size} 0v${height}`,
  ).join("");

/** Tokens of the chunk that a place is in. */
function chunkWidth({ varlen, chunks }: Packing, { sequence, position }: Place): number {
  const start = position - (position % chunks.size);
  return Math.min(chunks.size, varlen.lengths[sequence]! - start);
}

function locate(strips: readonly Strip[], cuSeqlens: Uint32Array, { token, sequence }: Place) {
  const line = strips.findIndex(({ runs }) => runs.some((run) => run.sequence === sequence));
  const run = strips[line]?.runs.find((candidate) => candidate.sequence === sequence);
  return run && { line, x: run.start + token - cuSeqlens[sequence]! };
}

function tokenAt({ varlen }: Packing, { runs }: Strip, x: number): number | undefined {
  const run = runs.find(({ sequence, start }) => x >= start && x < start + varlen.lengths[sequence]!);
  return run && varlen.cuSeqlens[run.sequence]! + Math.floor(x - run.start);
}

/** Where a key leads: along the tokens, by chunks, to a sequence's ends, to the neighbouring sequences. */
function step({ varlen, chunks }: Packing, { token, sequence }: Place, key: string): number | undefined {
  const { cuSeqlens, totalTokens } = varlen;
  const within = (to: number) => Math.max(0, Math.min(totalTokens - 1, to));
  switch (key) {
    case "ArrowRight":
      return within(token + 1);
    case "ArrowLeft":
      return within(token - 1);
    case "PageDown":
      return within(token + chunks.size);
    case "PageUp":
      return within(token - chunks.size);
    case "ArrowDown":
      return within(cuSeqlens[sequence + 1]!);
    case "ArrowUp":
      return within(cuSeqlens[Math.max(0, sequence - 1)]!);
    case "Home":
      return cuSeqlens[sequence]!;
    case "End":
      return cuSeqlens[sequence + 1]! - 1;
    default:
      return undefined;
  }
}

const describe = ({ tokens }: Packing, { token, sequence, position, chunk, row }: Place): string =>
  `token ${token}, ${characterOf(tokens[token]!)}: sequence ${sequence}, position ${position}, chunk ${chunk}, row ${row}`;

/** A byte as a person reads it. */
export const characterOf = (byte: number): string =>
  byte === 32
    ? "␣"
    : byte === 10
      ? "⏎"
      : byte > 32 && byte < 127
        ? String.fromCharCode(byte)
        : byte.toString(16).padStart(2, "0");
