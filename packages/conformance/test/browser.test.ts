import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BrowserPage, describeInBrowser, openBrowserPage } from "../src/adapters";

describeInBrowser("headless Chromium", () => {
  let browser: BrowserPage;
  beforeAll(async () => {
    browser = await openBrowserPage({ module: fileURLToPath(new URL("browser-page.ts", import.meta.url)) });
  });
  afterAll(() => browser?.close());

  it("executes a kernel through navigator.gpu", async () => {
    const { vendor, values } = await browser.call<{ vendor: string; values: number[] }>("compute");
    expect(vendor).toBe("google");
    expect(values).toEqual(Array.from({ length: 64 }, (_, i) => i * i));
    expect(browser.errors).toEqual([]);
  });
});
