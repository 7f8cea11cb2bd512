import { copyFile, link, rename, symlink, unlink } from "node:fs/promises";
import { dirname, relative } from "node:path";

/** Lets a file be found under another path, at once or not at all: a link where the file system has them, else a copy. */
export async function point(target: string, path: string): Promise<void> {
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
  await symlink(relative(dirname(path), target), temporary)
    .catch(() => link(target, temporary))
    .catch(() => copyFile(target, temporary));
  await rename(temporary, path).catch(async (error: unknown) => {
    await unlink(temporary);
    throw error;
  });
}
