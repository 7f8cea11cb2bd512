/** Where the time of a consumer went. */
export interface Waiting {
  /** Milliseconds that it waited for items. */
  readonly waited: number;
}

/**
 * Reads ahead of a consumer, by at most `depth` items, so that batches are ready when a step ends. `waiting` tells how
 * long the consumer had to wait all the same. Ending early ends the source.
 */
export function prefetch<A>(
  source: AsyncIterable<A>,
  depth: number,
): AsyncIterable<A> & { readonly waiting: Waiting } {
  let waited = 0;
  return {
    get waiting() {
      return { waited };
    },
    async *[Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      const ahead: Promise<IteratorResult<A>>[] = [];
      const draw = () => {
        const next = iterator.next();
        // whoever takes it hears of a failure; until then it is nobody's
        next.catch(() => {});
        ahead.push(next);
      };
      try {
        for (let i = 0; i < depth; i++) draw();
        for (;;) {
          const start = performance.now();
          const item = await ahead.shift()!;
          waited += performance.now() - start;
          if (item.done) return;
          draw();
          yield item.value;
        }
      } finally {
        await iterator.return?.();
      }
    },
  };
}
