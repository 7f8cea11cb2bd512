import { ShaderError } from "@webfla/ops";
import { constants, splitPrivates, unroll } from "./unroll";

/** A WGSL file. */
export interface Module {
  /** For messages: "dense/matmul.wgsl". */
  readonly path: string;
  readonly text: string;
}

/** A shader made of modules. */
export interface Linked {
  readonly code: string;
  /** Its modules in order, each from its line of `code`, counted from 1, to the next; directives stand before the first. */
  readonly files: readonly { readonly path: string; readonly line: number }[];
  /** Where a line of `code`, counted from 1, was written. */
  locate(line: number): { path: string; line: number };
}

type Value = string | number | boolean;

const directive = /^[ \t]*(diagnostic|enable|requires)\b([^;]*);/gm;
const declaration = /^((const|alias)\s+(\w+)\s*(?::[^=;]+)?=\s*)([^;]*);/gm;
const literal = /^-?(?:0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?<exponent>[eE][+-]?\d+)?)(?<suffix>[iufh]?)$/;

const newlines = (text: string): number => text.split("\n").length - 1;

/** A number takes the type of the literal it replaces: its suffix, or its decimal point. */
function show(name: string, value: Value, replaced: string): string {
  if (typeof value !== "number") return String(value);
  if (!Number.isFinite(value))
    throw new ShaderError(`link: ${name} must be finite, got ${value}. Correct the parameter.`);
  const groups = literal.exec(replaced)?.groups;
  if (!groups) return String(value);
  const isFloat = replaced.includes(".") || groups["exponent"] !== undefined;
  const point = isFloat && Number.isInteger(value) && !/[.e]/.test(String(value)) ? ".0" : "";
  return `${value}${point}${groups["suffix"]}`;
}

/**
 * Joins modules in the order given, each path once, with their directives first, and gives each parameter to the top-level `const`
 * or `alias` of its name; loops marked `// unroll` are written out. Throws ShaderError for a parameter that no module declares.
 */
export function link(modules: readonly Module[], params: Readonly<Record<string, Value>> = {}): Linked {
  const distinct = [...new Map(modules.map((m) => [m.path, m])).values()];
  const unused = new Set(Object.keys(params));
  // the text of a directive, and where it was first written
  const directives = new Map<string, { path: string; line: number }>();

  const hoist = ({ path, text }: Module): string =>
    text.replace(directive, (all, kind: string, rest: string, at: number) => {
      const line = newlines(text.slice(0, at)) + 1;
      const parts = kind === "diagnostic" ? [rest] : rest.split(",");
      for (const part of parts) {
        const one = kind === "diagnostic" ? `${kind}${part.replace(/\s+/g, "")};` : `${kind} ${part.trim()};`;
        if (!directives.has(one)) directives.set(one, { path, line });
      }
      return "\n".repeat(newlines(all));
    });

  const rewrite = ({ path }: Module, body: string): string =>
    body.replace(
      declaration,
      (all, head: string, kind: string, name: string, replaced: string, at: number) => {
        const value = params[name];
        if (value === undefined) return all;
        unused.delete(name);
        if (kind === "alias" && /\bf16\b/.test(String(value)) && !directives.has("enable f16;"))
          directives.set("enable f16;", { path, line: newlines(body.slice(0, at)) + 1 });
        // as many lines as before, so that the map holds
        return `${head}${show(name, value, replaced.trim())};${"\n".repeat(newlines(replaced))}`;
      },
    );

  const rewritten = distinct.map((m) => rewrite(m, hoist(m)));
  if (unused.size > 0)
    throw new ShaderError(
      `link: every parameter must be declared as a top-level const or alias, got ${[...unused].join(", ")}. Declare it in ${distinct.map((m) => m.path).join(", ")}.`,
    );

  const known = constants(rewritten);
  const bodies = splitPrivates(
    rewritten.map((body) => unroll(body, known)),
    known,
  );
  const rank = (text: string): number => (text.startsWith("diagnostic") ? 0 : 1);
  const header = [...directives].sort(([a], [b]) => rank(a) - rank(b));
  let next = header.length + 1;
  const starts = bodies.map((body, i) => {
    const start = { path: distinct[i]!.path, line: next };
    next += newlines(body) + 1;
    return start;
  });
  return {
    code: [...header.map(([text]) => text), ...bodies].join("\n"),
    files: starts,
    locate(line) {
      const hoisted = header[line - 1];
      if (hoisted) return hoisted[1];
      const start = starts.findLast((s) => s.line <= line);
      return start ? { path: start.path, line: line - start.line + 1 } : { path: "", line };
    },
  };
}
