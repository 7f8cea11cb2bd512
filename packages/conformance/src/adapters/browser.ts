import { dirname } from "node:path";
import { chromium, type Page } from "playwright-core";
import { describe } from "vitest";
import { slowOnSwiftShader } from "./dawn-features";
import { fromEnvironment } from "./list";
import { type Site, serve } from "./serve";

type Chromium = { readonly path: string; readonly libraryPath?: string } | { readonly reason: string };

/** A page of headless Chromium with WebGPU on SwiftShader. */
export interface BrowserPage {
  /** The page itself, to click in and to look at. */
  readonly page: Page;
  /** What the page threw or logged as an error, in order. */
  readonly errors: readonly string[];
  /** Calls a function that the served module exports; argument and result travel as JSON-like values. */
  call<Result>(name: string, argument?: unknown): Promise<Result>;
  close(): Promise<void>;
}

/** Milliseconds for anything a page is waited for: a loaded machine with a software adapter is slow. */
const patience = 240_000;

const webgpuFlags = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  `--disable-dawn-features=${slowOnSwiftShader}`,
];
const flags = [
  // the pages are ours and the user may be root, for whom the sandbox does not start
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function launch(
  found: { readonly path: string; readonly libraryPath?: string },
  { webgpu }: { readonly webgpu: boolean },
) {
  const { PATH = "", HOME = "", TMPDIR = "/tmp" } = process.env;
  const start = () =>
    chromium.launch({
      executablePath: found.path,
      timeout: patience,
      args: webgpu ? [...webgpuFlags, ...flags] : flags,
      env: {
        PATH,
        HOME,
        TMPDIR,
        FONTCONFIG_PATH: dirname(found.path),
        ...(found.libraryPath ? { LD_LIBRARY_PATH: found.libraryPath } : {}),
      },
    });
  // Chromium itself was seen to die at its start: nothing was asked of it yet
  return start().catch((error: Error) => {
    if (!error.message.includes("has been closed")) throw error;
    return start();
  });
}

/**
 * Serves the site and opens it in a browser of its own, on request in one that offers no WebGPU adapter; throws where
 * this machine has no browser, with the reason.
 */
export async function openBrowserPage(
  site: Site,
  { webgpu = true }: { readonly webgpu?: boolean } = {},
): Promise<BrowserPage> {
  const found = fromEnvironment<Chromium>("WEBFLA_CHROMIUM");
  if ("reason" in found) throw new Error(`openBrowserPage: Chromium is absent: ${found.reason}.`);
  const { url, server } = await serve(site);
  const close = async () => {
    await browser?.close();
    await new Promise((done) => server.close(done));
  };
  let browser: Awaited<ReturnType<typeof launch>> | undefined;
  try {
    browser = await launch(found, { webgpu });
    const page = await browser.newPage();
    page.setDefaultTimeout(patience);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(url);
    if ("module" in site) await page.waitForFunction("globalThis.webfla").catch(() => fail(errors));
    const call = <Result>(name: string, argument?: unknown) =>
      page.evaluate(`webfla[${JSON.stringify(name)}](${JSON.stringify(argument)})`) as Promise<Result>;
    return { page, errors, call, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function fail(errors: readonly string[]): never {
  throw new Error(`openBrowserPage: the module must load, got ${errors.join("; ") || "no answer"}.`);
}

/** Registers tests that need the browser; where it is absent each is skipped, under the reason. */
export function describeInBrowser(title: string, body: () => void): void {
  const found = fromEnvironment<Chromium>("WEBFLA_CHROMIUM");
  if ("reason" in found) describe.skip(`${title} (Chromium absent: ${found.reason})`, body);
  else describe(title, body);
}
