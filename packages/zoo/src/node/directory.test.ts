import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AbortedError } from "@webfla/ops";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CheckpointError, writeSafetensors } from "../safetensors";
import { openDirectory } from ".";

let path: string;
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "zoo-"));
  const x = { dtype: "F32", shape: [3], data: Float32Array.of(1, 2, 3) } as const;
  await writeFile(join(path, "config.json"), '{"model_type":"gated_deltanet"}');
  await writeFile(join(path, "model.safetensors"), writeSafetensors({ x }));
});
afterEach(() => rm(path, { recursive: true }));

describe("openDirectory", () => {
  it("gives the configuration and reads tensors until closed", async () => {
    const { config, weights, close } = await openDirectory(path);
    expect(config).toEqual({ model_type: "gated_deltanet" });
    expect(await weights.read("x")).toEqual(Float32Array.of(1, 2, 3));
    await close();
    await expect(weights.read("x")).rejects.toThrow();
  });

  it("names the file that is missing, broken or truncated", async () => {
    await expect(openDirectory(join(path, "none"))).rejects.toThrow(/none: it must have config\.json/);
    await truncate(join(path, "model.safetensors"), 40);
    await expect(openDirectory(path)).rejects.toThrow(/model\.safetensors: the header must end inside/);
    await writeFile(join(path, "config.json"), "{");
    await expect(openDirectory(path)).rejects.toThrow(/config\.json: it must be JSON/);
    await expect(openDirectory(path)).rejects.toThrow(CheckpointError);
  });

  it("stops when aborted", async () => {
    const signal = AbortSignal.abort();
    await expect(openDirectory(path, { signal })).rejects.toThrow(AbortedError);
  });
});
