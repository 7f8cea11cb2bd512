import { AbortedError } from "@webfla/ops";

/** Lets messages in: a backend that never waits would otherwise hold the worker until its end. Throws AbortedError once the signal fired. */
export async function breathe(signal?: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
  if (signal?.aborted) throw new AbortedError("job: it was stopped.");
}
