import { createCpu } from "@webfla/reference";
import { fromPretrained, opfsCache, savePretrained, urlFiles } from "@webfla/zoo";

const folder = async (name: string): Promise<FileSystemDirectoryHandle> =>
  (await navigator.storage.getDirectory()).getDirectoryHandle(name, { create: true });

/** Loads an address through the cache; an abort after so many events; the sum of the parameters. */
export async function load({
  url,
  abortAfter,
}: {
  url: string;
  abortAfter?: number;
}): Promise<number | string> {
  const controller = new AbortController();
  let events = 0;
  const onProgress = () => ++events === abortAfter && controller.abort();
  const ops = createCpu();
  const files = urlFiles(url, { retryDelay: 1, retries: 0, cache: opfsCache({ folder: "test" }) });
  try {
    const { model } = await fromPretrained(files, { ops, onProgress, signal: controller.signal });
    let sum = 0;
    for (const x of model.parameters.values()) for (const value of await ops.read(x)) sum += Math.abs(value);
    return sum;
  } catch (error) {
    return (error as Error).name;
  }
}

/** The files of the cache: those that say that a download is whole, and all. */
export async function kept(): Promise<{ whole: number; bytes: number }> {
  let [whole, bytes] = [0, 0];
  const cache = await folder("test");
  for await (const key of cache.keys()) {
    const place = await cache.getDirectoryHandle(key);
    for await (const name of place.keys())
      if (name === "done.json") whole++;
      else bytes += (await (await place.getFileHandle(name)).getFile()).size;
  }
  return { whole, bytes };
}

/** Loads an address, saves it into a folder of the browser, and loads that: whether the bytes are the same. */
export async function roundTrip(url: string): Promise<boolean> {
  const { model } = await fromPretrained(url, { ops: createCpu(), cache: "none" });
  const place = await folder("saved");
  await savePretrained(model, place);
  const { model: again } = await fromPretrained(place, { ops: createCpu() });
  const files = new Map<string, Blob>();
  await savePretrained(again, files);
  const read = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
  const [a, b, c] = [
    await read(await (await fetch(`${url}/model.safetensors`)).blob()),
    await read(await (await place.getFileHandle("model.safetensors")).getFile()),
    await read(files.get("model.safetensors")!),
  ];
  return a.length === b.length && a.every((x, i) => x === b[i] && x === c[i]);
}
