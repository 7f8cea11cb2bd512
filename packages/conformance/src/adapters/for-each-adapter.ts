import { describe } from "vitest";
import { listAdapters } from "./list";
import { openAdapter } from "./open";

/** What the body of forEachAdapter is given: call `open` in beforeAll or in a test, never while collecting. */
export interface AdapterCase {
  readonly name: string;
  readonly open: () => Promise<GPUAdapter>;
}

/** Registers the body's tests once for every adapter; on an absent one each is skipped, under the reason. */
export function forEachAdapter(body: (adapter: AdapterCase) => void): void {
  for (const info of listAdapters()) {
    const run = () => body({ name: info.name, open: () => openAdapter(info.name) });
    if ("reason" in info) describe.skip(`${info.name} (absent: ${info.reason})`, run);
    else describe(info.name, run);
  }
}
