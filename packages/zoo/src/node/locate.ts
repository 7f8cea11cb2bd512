import { stat } from "node:fs/promises";
import type { CheckpointFiles } from "../checkpoints/files";
import { urlFiles } from "../checkpoints/http/files";
import { type HubOptions, hubFiles } from "../hub/hub";
import { fileCache } from "./cache";
import { directoryFiles } from "./directory";

/**
 * The checkpoint that a text stands for: a folder where there is one, an http address, else a Hugging Face repository.
 * Downloads are kept in `cache`, by default the machine's own.
 */
export async function locate(text: string, options: HubOptions = {}): Promise<CheckpointFiles> {
  const { cache = fileCache() } = options;
  if (/^https?:\/\//.test(text)) return urlFiles(text, { ...options, cache });
  const isFolder = await stat(text).then(
    (found) => found.isDirectory(),
    () => false,
  );
  // what cannot be a repository was meant as a folder, and is told to be none
  const isPath = isFolder || /^[./~]|^[A-Za-z]:|\\|(\/.*){2}/.test(text);
  return isPath ? directoryFiles(text) : hubFiles(text, { ...options, cache });
}
