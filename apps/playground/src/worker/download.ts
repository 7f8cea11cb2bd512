/** Fetches a file whole, telling how many bytes have come. Throws with the status of a refusal. */
export async function download(
  url: string,
  report: (done: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const response = await fetch(url, { signal });
  if (!response.ok || !response.body)
    throw new Error(`${url}: it must be there, got ${response.status} ${response.statusText}.`);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let done = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { value } = await reader.read();
    if (!value) break;
    pieces.push(value);
    done += value.length;
    report(done);
  }
  return new Blob(pieces);
}
