// browsers without `using` have no such symbol
export const disposeKey: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** Gives a plain object `dispose()`, and `using` where the language has it. */
export const disposable = <R extends object>(
  resource: R,
  dispose: () => void,
): R & Disposable & { dispose(): void } => ({
  ...resource,
  dispose,
  [disposeKey]: dispose,
});
