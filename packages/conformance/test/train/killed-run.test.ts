// A run that dies between any two changes to its folder: what is then taken for a step is whole.
import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { runFolder } from "@webfla/zoo/node";
import { openRun, Run, saveRun } from "@webfla/zoo/train";
import { expect, it, vi } from "vitest";
import { eachTest, end, source, start } from "./run-tools";

type Files = typeof import("node:fs/promises");

const disk = vi.hoisted(() => ({ changes: 0, last: Number.POSITIVE_INFINITY, stop: () => {} }));

// a process that was killed does nothing more: neither what it was about to change, nor what follows
vi.mock("node:fs/promises", async (original) => {
  const real = await original<Files>();
  const change = <R>(body: () => Promise<R>): Promise<R> => {
    if (disk.changes++ < disk.last) return body();
    disk.stop();
    return new Promise(() => {});
  };
  const { mkdir, open, rename, unlink, rmdir } = real;
  // file by file, as it is done, with trainer_state.json among the last
  const rm: Files["rm"] = async (path, options) => {
    const inside = options?.recursive ? await real.readdir(path as string).catch(() => undefined) : undefined;
    if (!inside) return change(() => real.rm(path, options));
    for (const name of inside.sort()) await rm(join(path as string, name), options);
    return change(() => rmdir(path));
  };
  return {
    ...real,
    rm,
    mkdir: (...args: Parameters<Files["mkdir"]>) => change(() => mkdir(...args)),
    open: (...args: Parameters<Files["open"]>) =>
      args[1] === "r" ? open(...args) : change(() => open(...args)),
    rename: (...args: Parameters<Files["rename"]>) => change(() => rename(...args)),
    unlink: (...args: Parameters<Files["unlink"]>) => change(() => unlink(...args)),
  };
});

/** Lets a body make so many changes and kills it before the next; whether there was a next. */
async function killedAfter(changes: number, body: () => Promise<void>): Promise<boolean> {
  const killed = new Promise<boolean>((done) => {
    Object.assign(disk, { changes: 0, last: changes, stop: () => done(true) });
  });
  const died = await Promise.race([body().then(() => false), killed]);
  Object.assign(disk, { last: Number.POSITIVE_INFINITY, stop: () => {} });
  return died;
}

const test = eachTest();

it("a step is there whole, or not at all: saved, saved again, and pruned", async () => {
  const before = join(test.folder, "before");
  const trainer = start(test.ops);
  const run = new Run(trainer, { ...source, totalSteps: 3 });
  for await (const _ of run)
    await saveRun(trainer, await run.settle(), runFolder(before).writer(trainer.counters.steps));
  const state = await run.settle();
  expect(await runFolder(before).steps()).toEqual([2, 3]);

  const bodies: Record<string, (folder: string) => Promise<void>> = {
    saved: (folder) => saveRun(trainer, state, runFolder(folder).writer(4)),
    "saved again": (folder) => saveRun(trainer, { ...state, notes: "again" }, runFolder(folder).writer(3)),
    pruned: (folder) => runFolder(folder).prune(1),
  };
  for (const [name, body] of Object.entries(bodies)) {
    let changes = 0;
    for (let died = true; died; changes++) {
      const what = `${name}, killed after ${changes} changes`;
      const path = join(test.folder, `${name} ${changes}`);
      await cp(before, path, { recursive: true });
      died = await killedAfter(changes, () => body(path));
      const folder = runFolder(path);
      const found = await folder.steps();
      expect(found, what).toContain(name === "saved again" ? 2 : 3);
      for (const step of found) {
        const files = folder.files(step);
        await expect(openRun(files), what).resolves.toBeDefined();
        await files.close();
      }
      await folder.prune(1);
      expect(await readdir(path), what).toEqual([`step-0000000${found.at(-1)}`]);
    }
    expect(changes, name).toBeGreaterThan(3);
  }
  end(trainer, run);
});
