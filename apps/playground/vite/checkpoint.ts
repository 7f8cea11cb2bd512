import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Plugin } from "vite";

const files = ["config.json", "model.safetensors"];
const id = "virtual:checkpoint";

/** A checkpoint's folder as static files, served in development and written into the built site; `virtual:checkpoint` says where, and how large its weights are. */
export const checkpoint = ({ folder, path }: { folder: string; path: string }): Plugin => ({
  name: "checkpoint",
  resolveId: (source) => (source === id ? `\0${id}` : undefined),
  async load(source) {
    if (source !== `\0${id}`) return undefined;
    const { size } = await stat(join(folder, "model.safetensors"));
    return `export default ${JSON.stringify({ path, bytes: size })}`;
  },
  configureServer({ middlewares }) {
    middlewares.use(`/${path}`, async (request, response, next) => {
      const file = files.find((name) => request.url?.split("?")[0] === `/${name}`);
      if (!file) return next();
      const body = await readFile(join(folder, file));
      response.setHeader("content-length", body.length);
      response.end(body);
    });
  },
  async generateBundle() {
    for (const file of files)
      this.emitFile({
        type: "asset",
        fileName: `${path}/${file}`,
        source: await readFile(join(folder, file)),
      });
  },
});
