/** A signal that the first Ctrl-C fires; the second ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort("Ctrl-C"));
  return controller.signal;
}
