// Takes the pictures of every tab, light and dark, into docs/, in the headless Chromium that the tests bring along.
//   node apps/playground/scripts/screenshots.mjs [tab…]
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";
import { provide } from "../../../scripts/adapters.mjs";
import { shrink } from "./png.mjs";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const docs = process.env.SCREENSHOTS ?? resolve(root, "../../docs");
const patience = { timeout: 400_000 };

/** What is done on a page before its picture is taken. */
const shots = {
  pack: {
    link: "#/pack",
    async act(page) {
      await page.getByRole("slider", { name: "Packed rows" }).focus();
      for (const key of ["ArrowDown", "PageDown", "ArrowRight"]) await page.keyboard.press(key);
    },
  },
  run: {
    height: 1640,
    link: "#/run?lengths=64,7,0,33,1,23",
    async act(page) {
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await page.getByRole("button", { name: "Leak test" }).click(patience);
      await page.getByText("no other result changed").waitFor(patience);
    },
  },
  shader: {
    width: 800,
    height: 760,
    link: "#/run?variant=kda&lengths=12,5&on=webgpu&backward=0",
    async act(page) {
      await page.getByRole("button", { name: "Run", exact: true }).click();
      await page.locator("summary", { hasText: "recurrent/recurrent" }).click(patience);
    },
    at: 'section[aria-label^="slots/decay"]',
  },
  state: {
    height: 1000,
    link: "#/state?token=52",
    async act(page) {
      await page.locator(".side canvas").first().waitFor(patience);
    },
  },
  generate: {
    link: "#/generate?backend=cpu&tokens=120",
    async act(page) {
      await page.getByRole("button", { name: /^Load/ }).click();
      await page.locator(".loaded").waitFor(patience);
      await page.getByRole("button", { name: "Generate" }).click();
      await page.getByText("Finished.").waitFor(patience);
    },
  },
  train: {
    height: 900,
    link: "#/train?backend=cpu&steps=120&tokens=512&hidden=64&lr=0.01",
    async act(page) {
      await page.getByRole("button", { name: "Train", exact: true }).click();
      await page.getByText(/^Finished after/).waitFor(patience);
    },
  },
  bench: {
    height: 1560,
    link: "#/bench?tokens=128",
    async act(page) {
      await page.getByRole("button", { name: "Measure" }).click();
      await page.getByText(/^Measured on/).waitFor(patience);
    },
  },
};

provide();
const outDir = await mkdtemp(join(tmpdir(), "webfla-screenshots-"));
await build({ root, logLevel: "warn", build: { outDir, emptyOutDir: true } });
const server = await preview({ root, build: { outDir }, preview: { port: 0 }, logLevel: "warn" });
const found = JSON.parse(process.env.WEBFLA_CHROMIUM);
if ("reason" in found) throw new Error(`screenshots: Chromium is absent: ${found.reason}.`);
const browser = await chromium.launch({
  executablePath: found.path,
  args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  env: {
    ...process.env,
    // the machine's fonts where it has any: the browser brings none that is monospaced
    FONTCONFIG_PATH: existsSync("/etc/fonts/fonts.conf") ? "/etc/fonts" : dirname(found.path),
    ...(found.libraryPath ? { LD_LIBRARY_PATH: found.libraryPath } : {}),
  },
});
const wanted = process.argv.slice(2);
const phone = process.env.PHONE !== undefined;
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error.message));
  for (const [name, { link, width = 1180, height = 760, at = "body", act }] of Object.entries(shots)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await page.setViewportSize(phone ? { width: 390, height: 844 } : { width, height });
    await page.goto("about:blank");
    await page.goto(`http://localhost:${server.httpServer.address().port}/${link}`);
    await act(page);
    await page
      .locator(at)
      .first()
      .evaluate((element) => element.scrollIntoView());
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.mouse.move(0, 0);
      const png = await page.screenshot({ fullPage: process.env.FULL !== undefined });
      writeFileSync(join(docs, `${name}-${scheme}.png`), shrink(png));
    }
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(outDir, { recursive: true, force: true });
}
