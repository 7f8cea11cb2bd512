import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BrowserPage, describeInBrowser, openBrowserPage } from "../src/adapters";

describeInBrowser("the runtime in a browser", () => {
  let page: BrowserPage;
  beforeAll(async () => {
    page = await openBrowserPage({ module: fileURLToPath(new URL("runtime-page.ts", import.meta.url)) });
  });
  afterAll(() => page?.close());

  it("opens the browser's adapter by itself and computes", async () => {
    expect(await page.call("twicePlusOne", 100)).toEqual(Array.from({ length: 100 }, (_, i) => 2 * i + 1));
    expect(page.errors).toEqual([]);
  });

  it("turns a failed compilation, a lost device and a use after dispose into errors", async () => {
    const [compile, lost, late] = await page.call<string[]>("failures");
    expect(compile).toMatch(/^ShaderError: broken: .*test\/broken\.wgsl:3:10: .*missing/);
    expect(lost).toMatch(/^DeviceLostError: .*lost/);
    expect(late).toMatch(/^DeviceLostError/);
  });
});
