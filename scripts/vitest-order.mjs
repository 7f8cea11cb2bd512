// Starts the longest test files first, so that none is left to one core at the end. Vitest goes by what the last run took, and on a
// fresh checkout by the files' sizes, which say nothing of how long their shaders take to compile.
import { BaseSequencer } from "vitest/node";

const longest = [
  "chunked-gradients",
  "golden",
  "chunked-parts",
  "zoo/models-webgpu",
  "chunked-matrices",
  "matrix-tier",
  "playground",
  "publish",
  "train/memory",
].map((name) => `conformance/test/${name}.test.ts`);

const rank = ({ moduleId }) => {
  const at = longest.findIndex((path) => moduleId.endsWith(path));
  return at < 0 ? longest.length : at;
};

export default class extends BaseSequencer {
  async sort(files) {
    const sorted = await super.sort(files);
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
