import type { Packing, Place } from "./packing";

/** The arrays that a kernel is given, around the token pointed at. */
export function Arrays({ packing, place }: { readonly packing: Packing; readonly place: Place }) {
  const { varlen, chunks } = packing;
  const chunk = (i: number) => `(${chunks.indices[2 * i]}, ${chunks.indices[2 * i + 1]})`;
  return (
    <dl class="arrays">
      <Row
        name="cu_seqlens"
        shape={`[N+1 = ${varlen.cuSeqlens.length}]`}
        count={varlen.cuSeqlens.length}
        at={[place.sequence, place.sequence + 1]}
        show={(i) => String(varlen.cuSeqlens[i])}
      />
      <Row
        name="seq_idx"
        shape={`[T = ${varlen.totalTokens}]`}
        count={varlen.totalTokens}
        at={[place.token]}
        show={(t) => String(varlen.seqIdx[t])}
      />
      <Row
        name="position_ids"
        shape={`[T = ${varlen.totalTokens}]`}
        count={varlen.totalTokens}
        at={[place.token]}
        show={(t) => String(varlen.positionIds[t])}
      />
      <Row
        name="chunk_indices"
        shape={`[${chunks.count}, 2]`}
        count={chunks.count}
        at={[place.chunk]}
        show={chunk}
      />
      <Row
        name="chunk_offsets"
        shape={`[N+1 = ${chunks.offsets.length}]`}
        count={chunks.offsets.length}
        at={[place.sequence, place.sequence + 1]}
        show={(i) => String(chunks.offsets[i])}
      />
    </dl>
  );
}

interface RowProps {
  readonly name: string;
  readonly shape: string;
  readonly count: number;
  /** Entries that belong to the token pointed at. */
  readonly at: readonly number[];
  readonly show: (index: number) => string;
}

const room = 21;

function Row({ name, shape, count, at, show }: RowProps) {
  const start = Math.max(0, Math.min(at[0]! - (room >> 1), count - room));
  const indices = Array.from({ length: Math.min(room, count) }, (_, i) => start + i);
  return (
    <div>
      <dt>
        {name} <span>{shape}</span>
      </dt>
      <dd>
        {start > 0 && <span class="more">… </span>}
        {indices.map((i) => (
          <span key={i}>
            {at.includes(i) ? <mark>{show(i)}</mark> : show(i)}
            {i < count - 1 && ", "}
          </span>
        ))}
        {start + room < count && <span class="more">…</span>}
      </dd>
    </div>
  );
}
