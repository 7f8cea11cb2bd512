import { DeviceLostError, DisposedError, OutOfMemoryError, ShaderError, type WebflaError } from "@webfla/ops";

/** How long a device that broke a promise may take to announce that it was lost. */
const announcement = 100;

/**
 * What went wrong on a device after the call that caused it had returned. A wait notes where it began with `mark` and throws the first
 * failure since the last report: every wait that was under way hears of it, later ones start anew. A lost device stays lost.
 */
export class Failures {
  readonly #list: Error[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #ended: Promise<void>;
  #reported = 0;
  #end: WebflaError | undefined;
  #endNow!: () => void;

  constructor(
    readonly device: GPUDevice,
    /** Whether every call on the device is ours, so that every error is too. */
    readonly isOurs: boolean,
  ) {
    this.#ended = new Promise((resolve) => (this.#endNow = resolve));
    if (isOurs) device.addEventListener("uncapturederror", this.#uncaptured);
    void device.lost.then(({ reason, message }) =>
      this.#finish(
        new DeviceLostError(
          `device: it must be there, got lost (${reason}): ${message}. Open a new runtime.`,
        ),
      ),
    );
  }

  readonly #uncaptured = ({ error }: GPUUncapturedErrorEvent): void => this.add(named("device", error));

  #finish(error: WebflaError): void {
    this.#end ??= error;
    this.#endNow();
  }

  /** From now on every call and every wait throws DisposedError. */
  close(): void {
    this.device.removeEventListener("uncapturederror", this.#uncaptured);
    this.#finish(
      new DisposedError("runtime: it must be open, got a disposed one. Dispose it after its last use."),
    );
  }

  add(error: Error): void {
    this.#list.push(error);
  }

  /** Runs calls on the device; what the device says of them later is a failure of this name. */
  watch<R>(name: string, filter: GPUErrorFilter, body: () => R, onFailure?: () => void): R {
    this.device.pushErrorScope(filter);
    try {
      return body();
    } finally {
      const told = this.device.popErrorScope().then((error) => {
        if (!error) return;
        this.add(named(name, error));
        onFailure?.();
      });
      // only the loss of the device breaks this promise, and that is told elsewhere
      this.track(told.catch(() => {}));
    }
  }

  /** Keeps work in mind until it ends; where it throws, that is a failure, unless the device is gone. */
  track(work: Promise<unknown>): void {
    const ended = work
      .then(() => undefined)
      .catch((error: Error) => {
        if (!this.#end) this.add(error);
      })
      .finally(() => this.#pending.delete(ended));
    this.#pending.add(ended);
  }

  /** Throws when the device is lost or the runtime disposed. */
  expectOpen(): void {
    if (this.#end) throw this.#end;
  }

  mark(): number {
    return this.#reported;
  }

  #throwSince(mark: number): void {
    this.expectOpen();
    const first = this.#list[mark];
    if (!first) return;
    this.#reported = this.#list.length;
    throw first;
  }

  /** Waits for work and for all that is tracked; throws what failed since the mark rather than what that made the work throw. */
  async settle<R>(mark: number, work: () => Promise<R>): Promise<R> {
    const outcome = work().then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    );
    const result = await Promise.race([outcome, this.#ended]);
    await Promise.race([Promise.all(this.#pending), this.#ended]);
    this.#throwSince(mark);
    if (result && "value" in result) return result.value;
    await Promise.race([this.#ended, new Promise((resolve) => setTimeout(resolve, announcement))]);
    this.expectOpen();
    throw result?.error;
  }
}

function named(name: string, error: GPUError): WebflaError {
  const message = error.message.trim();
  // by name: in Node, Dawn's classes need not be global
  return error.constructor.name === "GPUOutOfMemoryError"
    ? new OutOfMemoryError(
        `${name}: the device must have room, got: ${message}. Dispose tensors or use smaller batches.`,
      )
    : new ShaderError(`${name}: the device must accept the call, got: ${message}. Report this as a bug.`);
}
