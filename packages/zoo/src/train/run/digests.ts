import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { CheckpointFiles, FileOptions } from "../../checkpoints/files";
import type { CheckpointWriter } from "../../checkpoints/save/target";
import { CheckpointError, throwIfAborted } from "../../errors";
import { readExactly } from "../../safetensors/source";

export interface Digest {
  readonly bytes: number;
  readonly sha256: string;
}

/** Bytes that are read at a time. */
const PIECE = 2 ** 22;

/** A writer that remembers what it wrote, and leaves the commit to its owner. */
export function digesting(writer: CheckpointWriter): {
  readonly writer: CheckpointWriter;
  readonly digests: ReadonlyMap<string, Digest>;
} {
  const digests = new Map<string, Digest>();
  return {
    digests,
    writer: {
      async create(path) {
        const sink = await writer.create(path);
        const hash = sha256.create();
        let bytes = 0;
        return {
          async write(piece) {
            hash.update(piece);
            bytes += piece.length;
            await sink.write(piece);
          },
          async close() {
            await sink.close();
            digests.set(path, { bytes, sha256: bytesToHex(hash.digest()) });
          },
        };
      },
      commit: async () => undefined,
      abort: () => writer.abort(),
    },
  };
}

/** Throws CheckpointError unless a file is, byte by byte, what was written. */
export async function verifyDigest(
  files: CheckpointFiles,
  path: string,
  digest: Digest,
  { signal }: FileOptions = {},
): Promise<void> {
  const what = `${files.name}: ${path}`;
  const source = await files.open(path, { signal });
  const got = async (): Promise<string> => {
    if (!source) return "none";
    if (source.size !== digest.bytes) return `${source.size} bytes`;
    const hash = sha256.create();
    for (let at = 0; at < source.size; at += PIECE) {
      throwIfAborted(what, signal);
      hash.update(await readExactly(source, what, at, Math.min(source.size, at + PIECE), signal));
    }
    const found = bytesToHex(hash.digest());
    return found === digest.sha256 ? "" : `other bytes (sha-256 ${found.slice(0, 12)}…)`;
  };
  const wrong = await got();
  if (wrong)
    throw new CheckpointError(
      `${what}: it must be the file of ${digest.bytes} bytes that was saved, got ${wrong}. Resume from an earlier step.`,
    );
}
