import { CheckpointError, show, storageError } from "../../errors";
import type { CacheEntry, DownloadCache, DownloadIdentity } from "./cache";

/** Written last: without it, what lies beside it is on its way. */
const DONE = "done.json";
/** What the platform hashes in one call. */
const MAX_DIGEST = 64 * 2 ** 20;

/** Whether this is a browser with a file system of the origin's own. */
export const hasOpfs = (): boolean =>
  typeof navigator !== "undefined" && typeof navigator.storage?.getDirectory === "function";

const hex = (bytes: ArrayBuffer): string =>
  [...new Uint8Array(bytes)].map((x) => x.toString(16).padStart(2, "0")).join("");

/**
 * A cache in the browser's origin-private file system, in pages and workers. A file lies there in parts, each of which
 * the browser makes visible at once or not at all. Throws QuotaError where the grant is exhausted.
 */
export function opfsCache({
  folder = "webfla",
}: {
  readonly folder?: string | undefined;
} = {}): DownloadCache {
  return {
    async open(file) {
      const root = await navigator.storage.getDirectory();
      const home = await root.getDirectoryHandle(folder, { create: true });
      const { kind, repository, revision, path, version, size } = file;
      const identity = JSON.stringify([kind, repository, revision, path, version, size]);
      const key = hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(identity)));
      const place = await home.getDirectoryHandle(key, { create: true });
      const entry = new OpfsEntry(home, key, place, file);
      await entry.find();
      return entry;
    },
  };
}

interface Part {
  readonly start: number;
  readonly blob: Blob;
}

class OpfsEntry implements CacheEntry {
  #parts: Part[] = [];
  #done = false;

  constructor(
    readonly home: FileSystemDirectoryHandle,
    readonly key: string,
    readonly place: FileSystemDirectoryHandle,
    readonly file: DownloadIdentity,
  ) {}

  get length(): number {
    const last = this.#parts.at(-1);
    return last ? last.start + last.blob.size : 0;
  }

  async find(): Promise<void> {
    for (;;) {
      const handle = await this.place.getFileHandle(`${this.length}`).catch(() => undefined);
      const blob = await handle?.getFile();
      if (!blob?.size) break;
      this.#parts.push({ start: this.length, blob });
    }
    this.#done = this.length === this.file.size && (await this.#has(DONE));
    // of a file that is too long nothing is right
    if (this.length > this.file.size) await this.#drop();
  }

  async extend(bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void> {
    const start = this.length;
    const handle = await this.place.getFileHandle(`${start}`, { create: true });
    const writer = await handle.createWritable().catch((error) => storageError(this.file.path, error));
    try {
      for await (const piece of bytes) await writer.write(piece);
    } catch (error) {
      storageError(this.file.path, error);
    } finally {
      await writer.close().catch((error) => storageError(this.file.path, error));
      const blob = await handle.getFile();
      if (blob.size > 0) this.#parts.push({ start, blob });
    }
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const pieces = this.#parts.flatMap((part) => {
      const [from, to] = [Math.max(start, part.start), Math.min(end, part.start + part.blob.size)];
      return from < to ? [part.blob.slice(from - part.start, to - part.start)] : [];
    });
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
  }

  async commit(): Promise<void> {
    if (this.#done) return;
    const { path, size, digest } = this.file;
    const got = digest && size <= MAX_DIGEST ? await this.#digest(digest.algorithm) : undefined;
    if (this.length !== size || (got !== undefined && got !== digest?.hex)) {
      const length = this.length;
      await this.#drop();
      throw new CheckpointError(
        `${path}: the download must be ${show(digest?.hex ?? size)}, got ${show(got ?? length)}. It was dropped: fetch it again.`,
      );
    }
    const handle = await this.place.getFileHandle(DONE, { create: true });
    const writer = await handle.createWritable();
    await writer.write(JSON.stringify(this.file));
    await writer.close().catch((error) => storageError(path, error));
    this.#done = true;
  }

  async close(): Promise<void> {
    this.#parts = [];
  }

  async #has(name: string): Promise<boolean> {
    const handle = await this.place.getFileHandle(name).catch(() => undefined);
    return ((await handle?.getFile())?.size ?? 0) > 0;
  }

  async #digest(algorithm: "sha256" | "git-sha1"): Promise<string> {
    const parts = this.#parts.map(({ blob }) => blob);
    if (algorithm === "sha256")
      return hex(await crypto.subtle.digest("SHA-256", await new Blob(parts).arrayBuffer()));
    const object = new Blob([`blob ${this.length}\0`, ...parts]);
    return hex(await crypto.subtle.digest("SHA-1", await object.arrayBuffer()));
  }

  async #drop(): Promise<void> {
    this.#parts = [];
    for await (const name of this.place.keys()) await this.place.removeEntry(name);
  }
}
