import { describe } from "vitest";
import { listAdapters } from "./list";
import { openAdapter, openMatrices } from "./open";

/** What the body of forEachAdapter is given: call `open` in beforeAll or in a test, never while collecting. */
export interface AdapterCase {
  readonly name: string;
  /** The storage types that long tables run in: one a software adapter, so that each runs once; both with --full and on hardware. */
  readonly storages: readonly ("f32" | "f16")[];
  readonly open: () => Promise<GPUAdapter>;
}

const one = { swiftshader: ["f32"], lavapipe: ["f16"] } as const;
const storagesOf = (name: string): AdapterCase["storages"] =>
  (!process.env["WEBFLA_FULL"] && one[name as keyof typeof one]) || ["f32", "f16"];

/** Registers the body's tests once for every adapter; on an absent one each is skipped, under the reason. */
export function forEachAdapter(body: (adapter: AdapterCase) => void): void {
  for (const info of listAdapters()) {
    const { name } = info;
    const run = () => body({ name, storages: storagesOf(name), open: () => openAdapter(name) });
    if ("reason" in info) describe.skip(`${name} (absent: ${info.reason})`, run);
    else describe(name, run);
  }
}

/**
 * Registers the body's tests on the adapter that emulates matrices of subgroups, which is lavapipe; where that is absent each is skipped,
 * under the reason. For the few tests that are about matrices: shaders with them take a second to compile there.
 */
export function withMatrixAdapter(body: (adapter: AdapterCase) => void): void {
  const info = listAdapters().find(({ name }) => name === "lavapipe");
  const run = () => body({ name: "matrices", storages: ["f16"], open: openMatrices });
  if (info && "match" in info) describe("matrices", run);
  else describe.skip(`matrices (lavapipe absent: ${info?.reason})`, run);
}
