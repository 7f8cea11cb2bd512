// One file, so that two processes do not bundle the program at once.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { at, webfla } from "./run";

const folder = mkdtempSync(join(tmpdir(), "webfla-cli-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const fixtures = "packages/conformance/fixtures";
const cpu = ["--backend", "cpu"];
const file = (name: string, text: string | Uint8Array): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe("demo", () => {
  it("prints packing, bits per byte, times and a continuation", async () => {
    const { code, stdout, stderr } = await webfla(["demo", ...cpu]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    for (const part of [
      /adapter {2}not asked for/,
      /padded {2}8 rows × 1,024 = 8,192 tokens, \d+\.\d % of them padding/,
      /packed {2}8 documents back to back = 3,\d{3} tokens, \d+\.\d % of the work/,
      /2223333333444/,
      /document +bytes +CPU/,
      /1 {2}Abraham Lincoln, 1862 +1,023 +\d\.\d{5}/,
      /all +3,\d{3} +1\.\d{5}/,
      /CPU +\d+\.\d+ s +\d+\.\d+ s/,
      /continuation/,
      /The whale .{20}/,
    ])
      expect(stdout).toMatch(part);
    expect(stdout).not.toContain("\x1b[");
  });

  it("agrees between CPU and WebGPU, and near the training loss", async () => {
    const { code, stdout } = await webfla(["demo", "--json"]);
    expect(code).toBe(0);
    const { backends, largestDifference, documents, packedTokens, paddedTokens, continuation } =
      JSON.parse(stdout);
    const hasGpu = JSON.parse(process.env["WEBFLA_ADAPTERS"]!).some((a: object) => "match" in a);
    expect(backends.map((b: { backend: string }) => b.backend)).toEqual(hasGpu ? ["CPU", "WebGPU"] : ["CPU"]);
    expect(largestDifference).toBeLessThan(1e-4);
    if (hasGpu) {
      expect(backends[1].bitsPerByte).not.toEqual(backends[0].bitsPerByte);
      expect(typeof backends[1].adapter.software).toBe("boolean");
    }
    expect(documents).toHaveLength(8);
    expect(packedTokens).toBeLessThan(paddedTokens / 2);
    expect(backends[0].total).toBeGreaterThan(1.2);
    expect(backends[0].total).toBeLessThan(1.6);
    expect(continuation.length).toBeGreaterThan(100);
  }, 600_000);
});

describe("score", () => {
  it("scores files and stdin, and what is packed beside a document does not matter", async () => {
    const [a, b] = [file("a.txt", "Fellow-Citizens of the Senate"), file("b.txt", "Call me Ishmael.")];
    const text = "It was the whale.";
    const { code, stdout } = await webfla(["score", a, b, "-", ...cpu, "--json"], { stdin: text });
    expect(code).toBe(0);
    const { documents } = JSON.parse(stdout);
    expect(documents.map((d: { name: string; bytes: number }) => [d.name, d.bytes])).toEqual([
      ["a.txt", 29],
      ["b.txt", 16],
      ["(stdin)", 17],
    ]);
    const alone = JSON.parse((await webfla(["score", "--json", ...cpu], { stdin: text })).stdout);
    expect(alone.documents[0].bitsPerByte).toBe(documents[2].bitsPerByte);
    expect(alone.documents[0].bitsPerByte).toBeLessThan(4);
  });

  it("prints a table", async () => {
    const { stdout } = await webfla(["score", file("c.txt", "The whale"), ...cpu]);
    expect(stdout).toMatch(
      /document +bytes +bits\/byte\nc\.txt +9 +\d\.\d{4}\nall +9 +\d\.\d{4}\n1 document on CPU/,
    );
  });

  it("refuses what is no text, in one line", async () => {
    const missing = await webfla(["score", "no-such-file.txt", ...cpu]);
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toMatch(/^webfla: score: no-such-file\.txt must be a readable file, got .*\n$/);
    const empty = await webfla(["score", ...cpu]);
    expect(empty).toMatchObject({
      code: 1,
      stderr: "webfla: score: - must hold text, got an empty file. Leave it out.\n",
    });
  });
});

describe("generate", () => {
  const args = ["generate", "--prompt", "The whale", "--max-new-tokens", "40", "--seed", "7", ...cpu];

  it("continues a prompt, the same for the same seed", async () => {
    const [first, again] = [await webfla(args), await webfla(args)];
    expect(first.code).toBe(0);
    expect(first.stdout).toMatch(/^The whale.{20}/);
    expect(again.stdout).toBe(first.stdout);
  });

  it("gives each prompt of a ragged batch what it gets alone", async () => {
    const greedy = ["--max-new-tokens", "12", "--temperature", "0", "--json", ...cpu];
    const prompts = ["The whale", "A", "The President of the United States"];
    const batch = await webfla(["generate", ...prompts.flatMap((p) => ["--prompt", p]), ...greedy]);
    const alone = await webfla(["generate", "--prompt", prompts[2]!, ...greedy]);
    expect(JSON.parse(batch.stdout)[2]).toEqual(JSON.parse(alone.stdout)[0]);
    expect(JSON.parse(batch.stdout)).toHaveLength(3);
  });

  it("stops cleanly at Ctrl-C", async () => {
    let sent = false;
    const { code, stderr } = await webfla(
      ["generate", "--prompt", "The", "--max-new-tokens", "100000", ...cpu],
      {
        onOutput: (kill) => {
          if (!sent) kill("SIGINT");
          sent = true;
        },
      },
    );
    expect(code).toBe(130);
    expect(stderr).toBe("");
  });

  it("names a bad option, checkpoint or storage type in one line", async () => {
    for (const [bad, message] of [
      [["generate", ...cpu], /--prompt/],
      [[...args, "--temperature", "-1"], /at least 0/],
      [[...args, "--top-k", "1.5"], /whole number from 0/],
      [[...args, "--backend", "abacus"], /auto, cpu, webgpu/],
      [
        ["generate", "--prompt", "x", "--checkpoint", folder, ...cpu],
        /^webfla: .*: it must have config\.json, got no such file/,
      ],
    ] as const) {
      const { code, stderr } = await webfla(bad);
      expect(code).toBe(1);
      expect(stderr).toMatch(message);
      expect(stderr).not.toMatch(/\n +at /);
    }
  });
});

describe("golden", () => {
  const ops = (name: string) => at(`${fixtures}/ops/${name}.safetensors`);

  it("passes with 0, what is unsupported counting only with --strict, as 2", async () => {
    const { code, stdout } = await webfla(["golden", ops("kda"), ops("titans"), ...cpu]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/kda o +\d\.\de-\d +1\.0e-4 {2}PASS/);
    expect(stdout).toMatch(/titans o +– +– {2}unsupported {2}no operator titans/);
    expect(stdout).toMatch(/\n8 passed, 0 failed, 11 unsupported, on CPU in f32\n$/);
    expect((await webfla(["golden", ops("titans"), "--strict", ...cpu])).code).toBe(2);
    expect((await webfla(["golden", at(`${fixtures}/varlen.json`), "--strict", ...cpu])).code).toBe(0);
  });

  it("fails with 1 on a corrupted number, a truncated file and a path that is not there", async () => {
    const bytes = readFileSync(ops("l2norm"));
    // the highest byte of the last number of o; x and cu_seqlens lie behind it
    bytes[bytes.length - 13_589]! ^= 0x41;
    const corrupted = file("l2norm.safetensors", bytes);
    const { code, stdout } = await webfla(["golden", corrupted, "--strict", ...cpu]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/1 passed, 1 failed/);
    const cut = await webfla(["golden", file("cut.safetensors", bytes.subarray(0, 5000)), ...cpu]);
    expect(cut.code).toBe(1);
    expect(cut.stdout).toMatch(/cut \* .*FAIL .*truncated/);
    const missing = await webfla(["golden", "/no/such", ...cpu]);
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toBe(
      "webfla: golden: /no/such must be a file or directory, got nothing. Check the path.\n",
    );
  });

  it("runs a model, whose weights matter", async () => {
    const model = join(folder, "model");
    cpSync(at(`${fixtures}/models/gated_deltanet`), model, { recursive: true });
    const good = await webfla(["golden", model, "--json", "--dtype", "f16", ...cpu]);
    expect(good.code).toBe(0);
    const { lines, failed, dtype } = JSON.parse(good.stdout);
    expect({ failed, dtype }).toEqual({ failed: 0, dtype: "f16" });
    expect(lines[0]).toMatchObject({
      subject: "model",
      tensor: "logits_ieee",
      verdict: "PASS",
      tolerance: 5e-3,
    });
  });
});

it("info says what a checkpoint takes", async () => {
  const { code, stdout } = await webfla(["info", ...cpu]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^gated_deltanet\nparameters +6,854,320 in 111 tensors\n/);
  expect(stdout).toMatch(/memory +27\.4 MB in f32, 13\.7 MB in f16/);
  const { stateBytes, places } = JSON.parse((await webfla(["info", "--json", ...cpu])).stdout);
  // 6 layers of 4 heads' 64 × 64 states and three convolutions' last 4 inputs of 256 channels
  expect(stateBytes).toBe(6 * (4 * 64 * 64 + 3 * 4 * 256) * 4);
  expect(places[0]).toEqual({ name: "CPU", dtypes: ["f32", "f16"], features: [] });
});

it("help names the commands and the exit codes", async () => {
  const { code, stdout } = await webfla(["--help"]);
  expect(code).toBe(0);
  for (const command of ["demo", "score", "generate", "chat", "embed", "serve", "info", "golden"])
    expect(stdout).toContain(command);
  expect((await webfla(["golden", "--help"])).stdout).toMatch(/Exit codes: 0 .* 1 .*2 with --strict/s);
  expect((await webfla(["tea"])).code).toBe(1);
});
