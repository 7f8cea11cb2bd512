import { NetworkError, throwIfAborted } from "../../errors";

export interface HttpOptions {
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Instead of the platform's own, for a proxy or a test. */
  readonly fetch?: typeof fetch | undefined;
  /** How often in a row a request may fail before it is given up. Default 5. */
  readonly retries?: number | undefined;
  /** Milliseconds before the first retry; each further waits twice as long, at most 10 s. Default 250. */
  readonly retryDelay?: number | undefined;
}

interface Reply {
  readonly response: Response;
  /** Lets go of the connection; a body that was not read to its end is dropped. */
  done(): void;
}

/** Asks once for bytes start..end. Throws NetworkError for what is no answer, but hands a 404 and a 416 on. */
export async function request(
  url: string,
  name: string,
  [start, end]: readonly [number, number],
  { signal, headers, fetch: get = fetch }: HttpOptions,
): Promise<Reply> {
  throwIfAborted(name, signal);
  const controller = new AbortController();
  const done = () => {
    signal?.removeEventListener("abort", done);
    controller.abort();
  };
  signal?.addEventListener("abort", done);
  try {
    const range = `bytes=${start}-${end - 1}`;
    const response = await get(url, {
      headers: { ...headers, range },
      signal: controller.signal,
      // the browser's cache would hold a second copy, and assemble ranges of its own
      cache: "no-store",
    });
    // an empty file has no first byte
    if (response.ok || response.status === 404 || response.status === 416) return { response, done };
    throw statusError(name, url, response.status);
  } catch (error) {
    done();
    throwIfAborted(name, signal);
    throw error instanceof NetworkError ? error : connectionError(name, error);
  }
}

export const statusError = (name: string, url: string, status: number): NetworkError =>
  new NetworkError(
    `${name}: the server must answer, got status ${status} from ${url}. ${status === 401 || status === 403 ? "Give an access token that may read it." : "Look at the address."}`,
    { status },
  );

export function connectionError(name: string, cause: unknown): NetworkError {
  const { message, cause: below } = cause as Error;
  // what "fetch failed" hides
  const why = below instanceof Error ? `${message} (${below.message})` : message;
  return new NetworkError(`${name}: the connection must hold, got ${why}. Look at the network.`, { cause });
}

/** What a server says when it is busy or broken, and may not be the next time. */
const passing: ReadonlySet<number | undefined> = new Set([undefined, 408, 425, 429, 500, 502, 503, 504]);

/** Waits after a failure that may pass, longer each time, until too many came in a row. */
export class Patience {
  #failures = 0;

  constructor(
    readonly name: string,
    readonly http: HttpOptions,
  ) {}

  progress(): void {
    this.#failures = 0;
  }

  /** Throws the error where it will not pass, NetworkError where it did not, AbortedError at once. */
  async failed(error: unknown): Promise<void> {
    const { name, http } = this;
    const { signal, retries = 5, retryDelay = 250 } = http;
    throwIfAborted(name, signal);
    if (!(error instanceof NetworkError && passing.has(error.status))) throw error;
    if (++this.#failures > retries)
      throw new NetworkError(
        `${name}: a request must succeed, got ${this.#failures} failures in a row, the last: ${error.message} What has come is kept where there is a cache: try again later.`,
        { cause: error, status: error.status },
      );
    await sleep(Math.min(10_000, retryDelay * 2 ** (this.#failures - 1)), signal);
    throwIfAborted(name, signal);
  }
}

/** Ends early when aborted. */
const sleep = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
