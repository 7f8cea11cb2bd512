import type { FileOptions } from "../files";

/** Which bytes a download is to bring. */
export interface DownloadIdentity {
  /** A repository of a hub by its id, or the address of a folder on any other server. */
  readonly kind: "hub" | "url";
  readonly repository: string;
  /** The commit; of an address, nothing. */
  readonly revision: string;
  /** What the revision was asked for as, where that may come to mean another. */
  readonly reference?: string | undefined;
  readonly path: string;
  /** The server's name for exactly these bytes. */
  readonly version: string;
  readonly size: number;
  /** What the bytes must hash to, where the server says so. A git digest is of the blob object. */
  readonly digest?: { readonly algorithm: "sha256" | "git-sha1"; readonly hex: string } | undefined;
}

/** One file of a cache, whole or on its way; of one owner until closed. */
export interface CacheEntry {
  /** Bytes that are there, from the first on. */
  readonly length: number;
  /** Adds bytes behind the last; those that came before a failure stay. */
  extend(bytes: AsyncIterable<Uint8Array<ArrayBuffer>>): Promise<void>;
  read(start: number, end: number): Promise<Uint8Array>;
  /** Verifies the whole file and lets others see it, once. Throws CheckpointError, and drops it, where it is not what it was to be. */
  commit(): Promise<void>;
  /** Leaves what is there for the next to go on with. */
  close(): Promise<void>;
}

/** Where downloads are kept: a broken one goes on, a whole one is not fetched again. */
export interface DownloadCache {
  open(file: DownloadIdentity, options?: FileOptions): Promise<CacheEntry>;
}
