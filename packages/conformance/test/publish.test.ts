import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildAll, install, pack, published, specifiers } from "./publish-pack";
import { run, runBin } from "./workspace-files";

const patience = 600_000;
const folder = mkdtempSync(join(tmpdir(), "webfla-publish-"));
let built: Awaited<ReturnType<typeof buildAll>>;

beforeAll(async () => {
  built = await buildAll();
}, patience);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("every published package builds", () => expect(built.code, built.output).toBe(0));

const succeed = async (outcome: ReturnType<typeof run>) => {
  const { code, output } = await outcome;
  expect(code, output).toBe(0);
  return output;
};

const compilerOptions = (moduleResolution: "bundler" | "nodenext") => ({
  module: moduleResolution === "bundler" ? "esnext" : moduleResolution,
  moduleResolution,
  target: "es2022",
  lib: ["es2023", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
  strict: true,
  noEmit: true,
  types: [],
});

describe("packed", () => {
  const tarballs = new Map<string, string>();
  beforeAll(async () => {
    for (const room of published) tarballs.set(room.manifest.name, await pack(room, folder));
  }, patience);

  for (const room of published) {
    const { name, exports, bin } = room.manifest;
    const project = join(folder, "projects", name);

    describe(name, () => {
      beforeAll(() => succeed(install(room, folder, project)), patience);

      it("satisfies publint", () =>
        succeed(runBin("publint", "publint", ["run", tarballs.get(name)!, "--strict"])));

      if (exports) {
        it("has types that resolve for every importer (attw)", () => {
          const args = [
            tarballs.get(name)!,
            "--profile",
            "esm-only",
            "--no-emoji",
            "--no-color",
            "--format",
            "ascii",
          ];
          return succeed(runBin("@arethetypeswrong/cli", "attw", args));
        });

        it("is imported by plain Node, every sub-path", () => {
          const imports = specifiers(room, project);
          expect(imports).toContain(name);
          writeFileSync(join(project, "import.mjs"), imports.map((s) => `await import("${s}");\n`).join(""));
          return succeed(run(process.execPath, ["import.mjs"], { cwd: project }));
        });

        for (const resolution of ["bundler", "nodenext"] as const)
          it(`type-checks in a project of its own (${resolution})`, () => {
            const lines = specifiers(room, project).map((s, i) => `export * as m${i} from "${s}";\n`);
            writeFileSync(join(project, "consumer.ts"), lines.join(""));
            const config = { compilerOptions: compilerOptions(resolution), files: ["consumer.ts"] };
            writeFileSync(join(project, `${resolution}.json`), JSON.stringify(config));
            return succeed(runBin("typescript", "tsc", ["-p", join(project, `${resolution}.json`)]));
          });
      }

      if (bin)
        it("runs as a program", async () => {
          const [command] = Object.keys(bin);
          const help = await succeed(
            run(join(project, "node_modules/.bin", command!), ["--help"], { cwd: project }),
          );
          expect(help).toContain(command);
        });
    });
  }
});
