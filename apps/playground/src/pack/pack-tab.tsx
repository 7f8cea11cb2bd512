import { numberIn } from "../link";
import { Figure } from "../parts/figure";
import { bytes, count, flops, percent } from "../parts/format";
import { SlidingNumber } from "../parts/sliding-number";
import { Arrays } from "./arrays";
import { Documents } from "./documents";
import { Loupe } from "./loupe";
import type { Packing, Place } from "./packing";
import { layer, savings } from "./savings";
import { budget, chunkSize, packing, place, pointed, split } from "./state";
import { characterOf, packedStrips, paddedStrips, Strips } from "./strips";
import { Workgroup } from "./workgroup";

export function PackTab() {
  const result = packing.value;
  return (
    <div class="pack">
      <Documents />
      <section class="picture" aria-label="The packing">
        <div class="controls">
          <SlidingNumber
            label="Tokens in a row"
            value={budget}
            codec={numberIn(1, 1_000_000)}
            min={64}
            max={4096}
          />
          <SlidingNumber label="Chunk size" value={chunkSize} codec={numberIn(1, 65_536)} min={1} max={256} />
          <label class="check">
            <input
              type="checkbox"
              checked={split.value}
              onChange={({ currentTarget }) => {
                split.value = currentTarget.checked;
              }}
            />
            Split longer documents
          </label>
        </div>
        {"made" in result ? (
          <Picture packing={result.made} place={place.value} />
        ) : (
          <p class="refusal" role="alert">
            {result.refused}
          </p>
        )}
      </section>
    </div>
  );
}

const point = (token: number) => {
  pointed.value = token;
};

function Picture({ packing, place }: { readonly packing: Packing; readonly place: Place | undefined }) {
  const { varlen, rows, chunks, padded, saved } = packing;
  const { bytes: notMoved, flops: notComputed } = savings(packing);
  const shared = { packing, place, onPoint: point, scale: Math.max(rows.budget, varlen.maxLength) };
  return (
    <>
      <dl class="figures">
        <Figure name="Packed" value={count(varlen.totalTokens)}>
          tokens of {varlen.sequences} sequences
        </Figure>
        <Figure name="Padded" value={count(padded.tokens)}>
          {varlen.sequences} × {count(varlen.maxLength)} tokens
        </Figure>
        <Figure name="Saved" value={percent(saved.share)}>
          {count(saved.tokens)} tokens
        </Figure>
        <Figure name="Rows filled" value={percent(rows.fillRatio)}>
          {count(rows.rows.length)} rows of {count(rows.budget)} tokens
        </Figure>
        <Figure name="Chunks" value={count(chunks.count)}>
          {count(padded.chunks)} padded
        </Figure>
        <Figure name="Not computed" value={flops(notComputed)}>
          in a Gated DeltaNet layer, H = {layer.H}, K = V = {layer.K}
        </Figure>
        <Figure name="Not moved" value={bytes(notMoved)}>
          of its q, k, v and o in f32
        </Figure>
      </dl>
      <h2>Packed rows</h2>
      <Strips label="Packed rows, token" strips={packedStrips(packing)} {...shared} />
      {place && <Details packing={packing} place={place} />}
      <h2>The rectangle they replace</h2>
      <Strips label="Padded rectangle, token" strips={paddedStrips(packing)} {...shared} />
    </>
  );
}

function Details({ packing, place }: { readonly packing: Packing; readonly place: Place }) {
  const { varlen, chunks, tokens, rows } = packing;
  const pair = `(${chunks.indices[2 * place.chunk]}, ${chunks.indices[2 * place.chunk + 1]})`;
  return (
    <div class="details">
      <Loupe packing={packing} place={place} />
      <dl class="place">
        <Fact name="token" value={`${place.token} of ${varlen.totalTokens}`} />
        <Fact name="byte" value={`${tokens[place.token]} ${characterOf(tokens[place.token]!)}`} />
        <Fact name="sequence" value={`${place.sequence}`} />
        <Fact name="position" value={`${place.position} of ${varlen.lengths[place.sequence]}`} />
        <Fact name="chunk" value={`${place.chunk} = ${pair}`} />
        <Fact name="row" value={`${place.row} of ${rows.rows.length}`} />
        <Fact name="document" value={`${place.document}`} />
      </dl>
      <Arrays packing={packing} place={place} />
      <Workgroup packing={packing} place={place} />
    </div>
  );
}

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div data-fact={name}>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
);
