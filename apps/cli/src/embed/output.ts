import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { WebflaError } from "@webfla/ops";
import type { TextRecord } from "../records";

/** A line of the result. */
export interface EmbeddedLine {
  readonly id: TextRecord["id"];
  readonly tokens: number;
  readonly embedding: readonly number[];
}

/** A file of vectors that grows line by line; whole lines stay, whatever happens. */
export class OutputFile {
  /** Where the whole lines end, if something is behind them. */
  #end: number | undefined;

  private constructor(
    readonly path: string,
    readonly file: FileHandle,
    /** Lines that were there. */
    readonly lines: readonly string[],
  ) {}

  /** Opens or begins a file; a last line that was cut off counts as none. */
  static async open(path: string): Promise<OutputFile> {
    const file = await open(path, "a+").catch((cause: Error) => {
      throw new WebflaError(`embed: --out must be writable, got ${cause.message}. Check the path.`, {
        cause,
      });
    });
    const lines: string[] = [];
    const read = file.createReadStream({ start: 0, autoClose: false });
    for await (const line of createInterface({ input: read, crlfDelay: Number.POSITIVE_INFINITY }))
      lines.push(line);
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    const cut = size > 0 && buffer.toString() !== "\n";
    if (cut) lines.pop();
    const output = new OutputFile(path, file, lines);
    if (cut) output.#end = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
    return output;
  }

  /** Adds a line in one write, in place of one that was cut off. */
  async append(line: EmbeddedLine): Promise<void> {
    if (this.#end !== undefined) await this.file.truncate(this.#end);
    this.#end = undefined;
    await this.file.appendFile(`${JSON.stringify(line)}\n`);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /** Line i, which must be that of a record of so many tokens. Throws WebflaError where the file is of something else. */
  expect(
    i: number,
    { id, tokens, size }: { id: TextRecord["id"]; tokens: number; size: number },
  ): EmbeddedLine {
    const refuse = (what: string): never => {
      throw new WebflaError(
        `embed: ${this.path}:${i + 1} must be the vector of ${JSON.stringify(id)}, ${tokens} tokens in ${size} numbers, got ${what}. Give another --out.`,
      );
    };
    let line: Partial<EmbeddedLine> | null;
    try {
      line = JSON.parse(this.lines[i]!);
    } catch {
      return refuse("no JSON");
    }
    const { id: its, tokens: count, embedding } = line ?? {};
    if (its !== id || count !== tokens) return refuse(`that of ${JSON.stringify(its)}, ${count} tokens`);
    if (!Array.isArray(embedding) || embedding.length !== size || !embedding.every(Number.isFinite))
      return refuse("others");
    return { id, tokens, embedding };
  }
}
