import { closeSync, openSync } from "node:fs";

/**
 * Runs a synchronous body while what native code writes to stderr goes nowhere: Dawn prints advice for its own
 * developers as it lists adapters. Where stderr cannot be set aside the body just runs.
 */
export function quietly<R>(body: () => R): R {
  const restore = process.platform === "linux" ? setAside() : () => {};
  try {
    return body();
  } finally {
    restore();
  }
}

// a new file takes the lowest free descriptor, which after a close is the one that was closed
function setAside(): () => void {
  let saved: number;
  try {
    saved = openSync("/proc/self/fd/2", "a");
  } catch {
    // closed, or a socket, which cannot be opened by its path
    return () => {};
  }
  closeSync(2);
  openSync("/dev/null", "w");
  return () => {
    closeSync(2);
    openSync(`/proc/self/fd/${saved}`, "a");
    closeSync(saved);
  };
}
