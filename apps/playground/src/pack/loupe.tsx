import { hueOf } from "../parts/hue";
import type { Packing, Place } from "./packing";
import { characterOf } from "./strips";

const reach = 24;

/** The tokens around the one pointed at, each with its byte; a gap where a chunk ends, a change of colour where a sequence does. */
export function Loupe({ packing, place }: { readonly packing: Packing; readonly place: Place }) {
  const { varlen, tokens, rows, chunks } = packing;
  const shown = Array.from({ length: 2 * reach + 1 }, (_, i) => place.token - reach + i);
  return (
    <div class="loupe" aria-hidden="true">
      {shown.map((token) => {
        const sequence = varlen.seqIdx[token];
        if (sequence === undefined) return <span key={token} class="outside" />;
        const opens = varlen.positionIds[token]! % chunks.size === 0;
        const classes = ["byte", opens && "opens", token === place.token && "pointed"].filter(Boolean);
        return (
          <span key={token} class={classes.join(" ")} style={hueOf(rows.documents[sequence]!)}>
            {characterOf(tokens[token]!)}
          </span>
        );
      })}
    </div>
  );
}
