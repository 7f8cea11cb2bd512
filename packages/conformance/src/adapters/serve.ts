import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { build } from "esbuild";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** What a page is made of: a built site on disk, or a TypeScript module bundled with what it imports. */
export type Site = { readonly folder: string } | { readonly module: string };

const shell =
  '<!doctype html><title>webfla</title><script type="module">globalThis.webfla = await import("/module.js");</script>';

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["@webfla/source"],
    loader: { ".wgsl": "text" },
    sourcemap: "inline",
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

async function reader(site: Site): Promise<(path: string) => Promise<Buffer | string>> {
  if ("folder" in site) return (path) => readFile(join(site.folder, normalize(path)));
  const files: Readonly<Record<string, string>> = {
    "/index.html": shell,
    "/module.js": await bundle(site.module),
  };
  return async (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`serve: no such file, got ${path}`);
    return text;
  };
}

/** Serves a site on a free port of the loopback, which browsers hold to be a secure context, as WebGPU needs one. */
export async function serve(site: Site): Promise<{ url: string; server: Server }> {
  const read = await reader(site);
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = decodeURIComponent(pathname).replace(/\/$/, "/index.html");
    try {
      const body = await read(path);
      response
        .writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" })
        .end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server };
}
