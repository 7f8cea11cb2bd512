// What a run has saved: whole or not at all, whatever happens while it is written or lies there.
import { spawn } from "node:child_process";
import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointError } from "@webfla/zoo";
import { runFolder } from "@webfla/zoo/node";
import { openRun, Run, saveRun } from "@webfla/zoo/train";
import { describe, expect, it } from "vitest";
import { eachTest, end, source, start } from "./run-tools";

const test = eachTest();

describe("what was saved", () => {
  /** A run saved at steps 2 and 3: a step is under way when the one before it is told. */
  async function saved(): Promise<void> {
    const trainer = start(test.ops);
    const run = new Run(trainer, { ...source, totalSteps: 3 });
    for await (const _ of run)
      await saveRun(trainer, await run.settle(), runFolder(test.folder).writer(trainer.counters.steps));
    end(trainer, run);
  }

  it("is refused, by the name of the file, where a byte was changed, cut off or lost", async () => {
    await saved();
    const step = join(test.folder, "step-00000003");
    const open = async () => {
      const files = runFolder(test.folder).files(3);
      await openRun(files).finally(() => files.close());
    };
    await open();
    for (const file of ["model.safetensors", "trainer_state.safetensors", "config.json"]) {
      const path = join(step, file);
      const bytes = await readFile(path);
      const flipped = Buffer.from(bytes);
      flipped[bytes.length >> 1]! ^= 1;
      await writeFile(path, flipped);
      await expect(open()).rejects.toThrow(CheckpointError);
      await expect(open()).rejects.toThrow(new RegExp(`step-00000003: ${file}: .*other bytes`));
      await writeFile(path, bytes.subarray(0, bytes.length - 3));
      await expect(open()).rejects.toThrow(`got ${bytes.length - 3} bytes`);
      await rm(path);
      await expect(open()).rejects.toThrow("got none. Resume from an earlier step");
      await writeFile(path, bytes);
    }
    await appendFile(join(step, "trainer_state.json"), "{");
    await expect(open()).rejects.toThrow(CheckpointError);
  });

  it("is pruned to the last ones, and what was left half written goes too", async () => {
    await saved();
    const run = runFolder(test.folder);
    await run
      .writer(4)
      .create("model.safetensors")
      .then((sink) => sink.close());
    expect(await run.steps()).toEqual([2, 3]);
    await run.prune(1);
    expect(await readdir(test.folder)).toEqual(["step-00000003"]);
  });

  it("stays as it was when the disk is full", async () => {
    await saved();
    const trainer = start(test.ops);
    const writer = runFolder(test.folder).writer(4);
    let room = 100_000;
    const full = {
      ...writer,
      create: async (path: string) => {
        const sink = await writer.create(path);
        return {
          ...sink,
          write: async (bytes: Uint8Array<ArrayBuffer>) => {
            room -= bytes.length;
            if (room < 0)
              throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
            await sink.write(bytes);
          },
        };
      },
    };
    await expect(saveRun(trainer, { position: { epoch: 0, index: 0, offset: 0 } }, full)).rejects.toThrow(
      "ENOSPC",
    );
    expect(await runFolder(test.folder).steps()).toEqual([2, 3]);
    expect(await readdir(test.folder)).toEqual(["step-00000002", "step-00000003"]);
    end(trainer);
  });

  it("survives a kill at any moment: a step is there whole, or not at all", async () => {
    const script = fileURLToPath(new URL("../../../../scripts/run.mjs", import.meta.url));
    for (const delay of [0, 7, 23]) {
      const child = spawn(process.execPath, [script, "conformance/saves-forever", test.folder], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const closed = new Promise((done) => child.once("close", done));
      await new Promise((done) => child.stdout.once("data", done));
      await new Promise((done) => setTimeout(done, 100 + delay));
      child.kill("SIGKILL");
      await closed;
      const run = runFolder(test.folder);
      const found = await run.steps();
      expect(found.length).toBeGreaterThan(0);
      for (const step of found) {
        const files = run.files(step);
        expect((await openRun(files)).steps).toBe(step);
        await files.close();
      }
      await run.prune(1);
    }
  });
});
