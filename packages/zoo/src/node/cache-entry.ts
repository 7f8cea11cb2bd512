import { createHash } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CacheEntry, DownloadIdentity } from "../checkpoints/cache/cache";
import { CheckpointError, show, storageError } from "../errors";
import { readRange } from "./file-source";
import { point } from "./pointer";

/** Partial files that entries of this process hold. */
const held = new Set<string>();
let counter = 0;

export interface EntryPaths {
  /** The folder of the contents, and this file's name in it. */
  readonly blobs: string;
  readonly blob: string;
  /** Where the file is found under its own name. */
  readonly pointer: string;
}

/** A file in a cache directory: `<blob>.<process>-<n>.incomplete` until it is whole, then `<blob>`. */
export class FileCacheEntry implements CacheEntry {
  #length = 0;
  #whole = false;

  private constructor(
    readonly file: DownloadIdentity,
    readonly paths: EntryPaths,
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  /** Opens the whole file, or goes on with what a process that is no more has left. */
  static async open(file: DownloadIdentity, paths: EntryPaths): Promise<FileCacheEntry> {
    const { blobs, blob, pointer } = paths;
    await mkdir(blobs, { recursive: true });
    await mkdir(dirname(pointer), { recursive: true });
    const whole = join(blobs, blob);
    if ((await sizeOf(whole)) === file.size) {
      const entry = new FileCacheEntry(file, paths, whole, await open(whole, "r"));
      entry.#length = file.size;
      entry.#whole = true;
      await point(whole, pointer);
      return entry;
    }
    const path = await claim(blobs, blob);
    const entry = new FileCacheEntry(file, paths, path, await open(path, "a+"));
    const { size } = await entry.handle.stat();
    // of a file that is too long nothing is right
    if (size > file.size) await entry.handle.truncate(0);
    entry.#length = size > file.size ? 0 : size;
    return entry;
  }

  get length(): number {
    return this.#length;
  }

  async extend(bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const piece of bytes) {
      try {
        await this.handle.appendFile(piece);
      } catch (error) {
        await this.handle.truncate(this.#length);
        storageError(this.paths.pointer, error);
      }
      this.#length += piece.byteLength;
    }
  }

  read(start: number, end: number): Promise<Uint8Array> {
    return readRange(this.handle, [start, end], this.path);
  }

  async commit(): Promise<void> {
    if (this.#whole) return;
    const { blobs, blob, pointer } = this.paths;
    const { size, digest } = this.file;
    const got = digest && (await this.#digest(digest.algorithm));
    if (this.#length !== size || got !== digest?.hex) {
      await this.handle.truncate(0);
      this.#length = 0;
      throw new CheckpointError(
        `${pointer}: the download must be ${show(digest?.hex ?? size)}, got ${show(got ?? this.#length)}. It was dropped: fetch it again.`,
      );
    }
    await this.handle.sync().catch((error) => storageError(pointer, error));
    const whole = join(blobs, blob);
    await rename(this.path, whole);
    held.delete(this.path);
    this.#whole = true;
    await point(whole, pointer);
  }

  async close(): Promise<void> {
    await this.handle.close();
    held.delete(this.path);
    if (!this.#whole && this.#length === 0) await unlink(this.path).catch(() => undefined);
  }

  async #digest(algorithm: "sha256" | "git-sha1"): Promise<string> {
    const hash = createHash(algorithm === "sha256" ? "sha256" : "sha1");
    if (algorithm === "git-sha1") hash.update(`blob ${this.#length}\0`);
    const step = 4 * 2 ** 20;
    for (let at = 0; at < this.#length; at += step)
      hash.update(await this.read(at, Math.min(this.#length, at + step)));
    return hash.digest("hex");
  }
}

export const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  );

/** A partial file of one's own: the longest that nobody holds any more, else a new one. */
async function claim(blobs: string, blob: string): Promise<string> {
  const mine = join(blobs, `${blob}.${process.pid}-${counter++}.incomplete`);
  held.add(mine);
  const left = (await readdir(blobs))
    .filter((name) => name.startsWith(`${blob}.`) && name.endsWith(".incomplete"))
    .map((name) => join(blobs, name))
    .filter((path) => path !== mine && !isHeld(path));
  const sized = await Promise.all(left.map(async (path) => ({ path, size: (await sizeOf(path)) ?? 0 })));
  for (const { path } of sized.sort((a, b) => b.size - a.size)) {
    // of two that want it one gets it
    const got = await rename(path, mine).then(
      () => true,
      () => false,
    );
    if (got) return mine;
  }
  return mine;
}

function isHeld(path: string): boolean {
  const pid = Number(/\.(\d+)-\d+\.incomplete$/.exec(path)?.[1]);
  if (pid === process.pid) return held.has(path);
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // a process of another user is alive too
    return (error as { code?: unknown }).code === "EPERM";
  }
}
