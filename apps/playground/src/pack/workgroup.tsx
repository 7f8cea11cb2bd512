import { bytes, count } from "../parts/format";
import type { Packing, Place } from "./packing";
import { layer } from "./savings";

/** What the workgroup of the chunk pointed at reads, in the arrays' own terms. */
export function Workgroup({ packing, place }: { readonly packing: Packing; readonly place: Place }) {
  const { varlen, chunks } = packing;
  const [sequence, within] = [chunks.indices[2 * place.chunk]!, chunks.indices[2 * place.chunk + 1]!];
  const base = varlen.cuSeqlens[sequence]!;
  const start = base + within * chunks.size;
  const end = Math.min(start + chunks.size, varlen.cuSeqlens[sequence + 1]!);
  const rows = end - start;
  const { H, K, V } = layer;
  const before =
    within === 0
      ? "It starts from the sequence's initial state: nothing of the sequence before reaches it."
      : `It starts from the state that chunk ${place.chunk - 1} of the same sequence leaves, [${K}, ${V}].`;
  return (
    <section class="workgroup" aria-labelledby="workgroup-title">
      <h3 id="workgroup-title">What a workgroup reads</h3>
      <p>
        Workgroup ({place.chunk}, head) of {count(chunks.count)} × {H} looks up{" "}
        <code>chunk_indices[{place.chunk}]</code> = ({sequence}, {within}) and takes the tokens from{" "}
        <code>cu_seqlens[{sequence}]</code> + {within} × {chunks.size} = {count(start)} up to {count(end)}:{" "}
        {rows} {rows === 1 ? "row" : "rows"} of k [{K}] and v [{V}], {bytes(4 * rows * (K + V))}. {before}
      </p>
    </section>
  );
}
