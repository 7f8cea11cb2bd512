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

/** Lets a written line reach the terminal before work that blocks. */
export const breathe = (): Promise<void> => new Promise((done) => setTimeout(done, 5));
