import { hueOf } from "./hue";

/** Sequences side by side, each as wide as its share, in its colour. */
export function Ribbon({ lengths }: { readonly lengths: readonly number[] }) {
  return (
    <div class="ribbon" aria-hidden="true">
      {lengths.map((length, i) => length > 0 && <span key={i} style={{ ...hueOf(i), flexGrow: length }} />)}
    </div>
  );
}
