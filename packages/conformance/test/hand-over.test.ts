// What docs/hand-over.md says of a saved step, so that its Python finds what it looks for.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createCpu } from "@webfla/reference";
import { pack } from "@webfla/varlen";
import { fromPretrained, parameterTable, readConfig } from "@webfla/zoo";
import { blobFiles, writerOf } from "@webfla/zoo/checkpoints";
import { readSafetensors, writeSafetensors } from "@webfla/zoo/safetensors";
import { decays, openRun, saveRun, Trainer } from "@webfla/zoo/train";
import { expect, it } from "vitest";
import { tinyConfigs, tinyModel } from "../src/zoo";

const page = await readFile(new URL("../../../docs/hand-over.md", import.meta.url), "utf8");
const batch = pack([Int32Array.of(1, 2, 3, 4), Int32Array.of(5, 6)]);
const options = { schedule: () => 1e-2 };

async function savedStep() {
  const trainer = new Trainer(await tinyModel(createCpu(), "gla"), options);
  await trainer.step([batch]).read();
  const files = new Map<string, Blob>();
  await saveRun(trainer, { position: { epoch: 0, index: 0, offset: 0 } }, writerOf(files));
  return { trainer, files };
}

it("a saved step has AdamW's moments under torch's names, in f32 and of the parameters' shapes", async () => {
  const { files } = await savedStep();
  for (const name of files.keys()) expect(page).toContain(`\`${name}\``);
  const model = await readSafetensors(files.get("model.safetensors")!);
  const state = await readSafetensors(files.get("trainer_state.safetensors")!);
  const names = [...model.tensors.keys()].flatMap((name) => [`exp_avg.${name}`, `exp_avg_sq.${name}`]);
  expect([...state.tensors.keys()].sort()).toEqual(names.sort());
  for (const [name, { shape, dtype }] of state.tensors) {
    expect(dtype).toBe("F32");
    expect(shape).toEqual(model.tensors.get(name.replace(/^exp_avg(_sq)?\./, ""))!.shape);
  }
});

it("the page's pattern spares the parameters of every model that webfla spares", () => {
  const [, pattern] = /SPARED = re\.compile\(r"(.+)"\)/.exec(page)!;
  const spared = new RegExp(pattern!);
  for (const config of Object.values(tinyConfigs))
    for (const name of Object.keys(parameterTable(readConfig(config))))
      expect(spared.test(name), name).toBe(!decays(name));
});

it("a step that was written elsewhere, tensors in another order, is gone on from", async () => {
  const { trainer, files } = await savedStep();
  const store = await readSafetensors(files.get("trainer_state.safetensors")!);
  const tensors = await Promise.all(
    [...store.tensors].reverse().map(async ([name, { shape }]) => {
      const data = (await store.read(name)) as Float32Array;
      return [name, { dtype: "F32", shape, data }] as const;
    }),
  );
  files.set("trainer_state.safetensors", new Blob([writeSafetensors(new Map(tensors)) as BlobPart]));
  const state = JSON.parse(await files.get("trainer_state.json")!.text());
  for (const name of Object.keys(state.files)) {
    const bytes = Buffer.from(await files.get(name)!.arrayBuffer());
    state.files[name] = { bytes: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  }
  files.set("trainer_state.json", new Blob([JSON.stringify(state)]));
  const { model } = await fromPretrained(files, { ops: createCpu() });
  const resumed = new Trainer(model, options);
  await (await openRun(blobFiles(files))).restore(resumed);
  const next = await resumed.step([batch]).read();
  expect(next).toEqual(await trainer.step([batch]).read());
});
