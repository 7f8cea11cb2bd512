import type { Plugin } from "vite";

/** A `.wgsl` file is imported as its text. */
export const wgslText = (): Plugin => ({
  name: "wgsl-text",
  enforce: "pre",
  transform: (code, id) =>
    id.endsWith(".wgsl") ? { code: `export default ${JSON.stringify(code)}`, map: null } : undefined,
});
