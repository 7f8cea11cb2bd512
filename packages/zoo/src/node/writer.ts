import { mkdir, open, readdir, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { CONFIG } from "../checkpoints/open";
import type { CheckpointWriter } from "../checkpoints/save/target";
import { storageError } from "../errors";

interface Made {
  readonly path: string;
  readonly temporary: string;
}

/** Writes a checkpoint into a folder: under temporary names, to the disk, and then under its own, config.json last. */
export function directoryWriter(folder: string): CheckpointWriter {
  const made: Made[] = [];
  const suffix = `${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
  const closing: (() => Promise<void>)[] = [];
  const abort = async () => {
    for (const close of closing.splice(0)) await close().catch(() => undefined);
    for (const { temporary } of made.splice(0)) await unlink(temporary).catch(() => undefined);
  };
  return {
    abort,
    async create(name) {
      await mkdir(folder, { recursive: true });
      const path = join(folder, name);
      const temporary = join(folder, `.${name}.${suffix}`);
      const handle = await open(temporary, "wx").catch((error) => storageError(path, error));
      made.push({ path, temporary });
      const close = () => handle.close();
      closing.push(close);
      return {
        async write(bytes) {
          await handle.appendFile(bytes).catch((error) => storageError(path, error));
        },
        async close() {
          await handle.sync().catch((error) => storageError(path, error));
          closing.splice(closing.indexOf(close), 1);
          await close();
        },
      };
    },
    async commit(isObsolete) {
      try {
        await retire(join(folder, CONFIG), made);
        for (const { path, temporary } of made) await rename(temporary, path);
      } catch (error) {
        await abort();
        throw error;
      }
      const kept = new Set(made.map(({ path }) => path));
      for (const name of await readdir(folder))
        if (isObsolete(name) && !kept.has(join(folder, name))) await unlink(join(folder, name));
      await syncFolder(folder);
    },
  };
}

/**
 * Between the renames nothing must look like a checkpoint and be none: unless one file of weights is all that changes,
 * which happens at once, the configuration goes first and comes last.
 */
async function retire(config: string, made: readonly Made[]): Promise<void> {
  const fresh = made.find(({ path }) => path === config);
  const before = await readFile(config).catch(() => undefined);
  if (!fresh || !before) return;
  const same = before.equals(await readFile(fresh.temporary));
  if (!same || made.length > 2) await unlink(config);
}

/** The names, too, go to the disk, where the system lets a folder be written out. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
