import type { Ops } from "@webfla/ops";
import type { GpuTensor } from "@webfla/wgsl";
import { type StorageType, subjects, targetOf, verify } from "../golden";

/** Verifies golden files; returns what to say of them, failures first. */
export async function golden(ops: Ops<GpuTensor>, fixtures: string, storage: StorageType) {
  const count = { PASS: 0, FAIL: 0, unsupported: 0 };
  const failures: string[] = [];
  let most = 0;
  for (const subject of await subjects(fixtures))
    for await (const line of verify(targetOf(ops, storage), subject)) {
      count[line.verdict]++;
      if (line.verdict === "PASS") most = Math.max(most, line.error ?? 0);
      if (line.verdict === "FAIL") failures.push(JSON.stringify(line).slice(0, 300));
    }
  const summary = `${count.PASS} passed, ${count.FAIL} failed, ${count.unsupported} unsupported, largest error ${most.toExponential(1)}`;
  return { failures, summary };
}
