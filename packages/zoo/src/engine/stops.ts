/** Text with what ends it: holds back what may be the beginning of a stop string. */
export class StopText {
  #held = "";

  constructor(readonly stops: readonly string[]) {}

  /** What of the text is sure to stand before any stop; `stopped` once one is there, after which no more is to be pushed. */
  push(piece: string): { readonly text: string; readonly stopped: boolean } {
    const all = this.#held + piece;
    const places = this.stops.map((stop) => all.indexOf(stop)).filter((at) => at >= 0);
    const stopped = places.length > 0;
    const end = stopped ? Math.min(...places) : all.length - this.#beginnings(all);
    this.#held = stopped ? "" : all.slice(end);
    return { text: all.slice(0, end), stopped };
  }

  /** What was held back. */
  end(): string {
    const held = this.#held;
    this.#held = "";
    return held;
  }

  /** Characters at the end that a stop begins with. */
  #beginnings(text: string): number {
    const longest = Math.max(0, ...this.stops.map((stop) => stop.length - 1));
    for (let n = Math.min(longest, text.length); n > 0; n--)
      if (this.stops.some((stop) => stop.startsWith(text.slice(text.length - n)))) return n;
    return 0;
  }
}
