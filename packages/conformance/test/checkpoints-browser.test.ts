import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BrowserPage, describeInBrowser, openBrowserPage } from "../src/adapters";
import { checkpointFiles, parameters } from "./zoo/made-up";
import { type UnrulyServer, unrulyServer } from "./zoo/unruly-server";

describeInBrowser("checkpoints in a browser's own file system", () => {
  let browser: BrowserPage;
  let server: UnrulyServer;
  const files = checkpointFiles();
  beforeAll(async () => {
    const module = fileURLToPath(new URL("checkpoints-page.ts", import.meta.url));
    browser = await openBrowserPage({ module }, { webgpu: false });
    server = await unrulyServer(new Map([...files].map(([name, bytes]) => [`/gdn/${name}`, bytes])));
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  const load = (abortAfter?: number) =>
    browser.call<number | string>("load", { url: `${server.url}/gdn`, abortAfter });
  const kept = () => browser.call<{ whole: number; bytes: number }>("kept");

  it("go on where they broke, are whole or not at all, and are not fetched again", async () => {
    const size = files.get("config.json")!.length;
    server.manners.breakAfter = (n) => (n === 4 ? 5000 : undefined);
    expect(await load()).toBe("NetworkError");
    expect(await kept()).toEqual({ whole: 1, bytes: size + 5000 });
    server.requests.splice(0);
    expect(await load(3)).toBe("AbortedError");
    expect(server.requests).toContain(
      `/gdn/model.safetensors bytes=5000-${files.get("model.safetensors")!.length - 1}`,
    );
    expect((await kept()).whole).toBe(2);
    const sent = server.sent;
    let sum = 0;
    for (const { data } of parameters().values()) for (const x of data) sum += Math.abs(x);
    expect(await load()).toBeCloseTo(sum, 6);
    // to learn the version of each file, one byte
    expect(server.sent - sent).toBe(2);
  });

  it("are saved and loaded without a bit lost", async () => {
    expect(await browser.call<boolean>("roundTrip", `${server.url}/gdn`)).toBe(true);
  });
});
