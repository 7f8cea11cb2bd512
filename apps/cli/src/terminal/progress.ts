/** One line on stderr that is written over as work goes on; silent where stderr is no terminal. */
export class Progress {
  readonly #live = process.stderr.isTTY;

  show(text: string): void {
    if (this.#live) process.stderr.write(`\r\x1b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }

  clear(): void {
    if (this.#live) process.stderr.write("\r\x1b[2K");
  }
}

const WIDTH = 20;
/** Where stderr is no terminal, work that takes long says so this often, in milliseconds. */
const EVERY = 10_000;

/** How far a task is: a bar on a terminal, elsewhere a plain line on stderr now and then, also while it waits for a device. */
export class TaskProgress {
  readonly #line = new Progress();
  readonly #start = performance.now();
  readonly #timer = process.stderr.isTTY ? undefined : setInterval(() => this.#say(), EVERY).unref();
  #said = this.#start;
  #far = "";

  constructor(readonly task: string) {}

  /** `share` is in [0, 1]. */
  show(share: number, detail: string): void {
    const full = Math.round(share * WIDTH);
    this.#line.show(`${"━".repeat(full)}${"─".repeat(WIDTH - full)} ${this.task}: ${detail}`);
    this.#far = `${Math.floor(100 * share)} %, ${detail}, `;
    if (performance.now() - this.#said >= EVERY) this.#say();
  }

  clear(): void {
    clearInterval(this.#timer);
    this.#line.clear();
  }

  #say(): void {
    if (process.stderr.isTTY) return;
    this.#said = performance.now();
    process.stderr.write(`${this.task}: ${this.#far}${Math.round((this.#said - this.#start) / 1000)} s\n`);
  }
}

/** Lets a written line reach the terminal before work that blocks. */
export const breathe = (): Promise<void> => new Promise((done) => setTimeout(done, 5));
