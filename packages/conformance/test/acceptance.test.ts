// What people asked of ragged batches in public, or found broken: each case has a test that shows it, or a reason.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { acceptanceCases } from "./acceptance/cases";

const root = fileURLToPath(new URL("../../../", import.meta.url));

it("the cases are numbered 1 to 25, and each is shown or does not apply", () => {
  expect(acceptanceCases.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  for (const { shown, doesNotApply } of acceptanceCases)
    expect(shown.length > 0 || doesNotApply).toBeTruthy();
});

describe.each(acceptanceCases)("$id. $says ($threads)", ({ shown }) => {
  it.each(shown.flatMap(([file, ...names]) => names.map((name) => ({ file, name }))))(
    "$file: $name",
    async ({ file, name }) => {
      expect(await readFile(`${root}${file}`, "utf8")).toContain(name);
    },
  );
});
