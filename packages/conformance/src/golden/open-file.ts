import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { readSafetensors, type TensorStore } from "@webfla/zoo/safetensors";

/** A safetensors file in memory, named in messages by its last name. */
export const openFile = async (path: string): Promise<TensorStore> =>
  readSafetensors(await readFile(path), { name: basename(path) });
