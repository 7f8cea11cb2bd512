import emulated from "./emulated.wgsl";
import { accessors, type Buffer, load, store } from "./functions";

const directives =
  /^[ \t]*(enable\s+chromium_experimental_subgroup_matrix|diagnostic\s*\([^)]*subgroup_matrix[^)]*\))\s*;/gm;
const spelled = /\bsubgroup_matrix_(left|right|result)\s*<\s*(f16|f32)\s*,\s*(\w+)\s*,\s*(\w+)\s*>/g;
const alias = /\balias\s+(\w+)\s*=\s*(Emulated\w+)\s*;/g;
const loads =
  /(?:\b(?:let|var)\s+(\w+)(?:\s*:\s*\w+)?|(\w+(?:\[[^\]]*\])?))\s*=\s*subgroupMatrixLoad\s*<\s*(\w+)\s*,\s*(row|col)_major\s*>\s*\(\s*&\s*(\w+)\s*,/g;
const products =
  /(\w+(?:\[[^\]]*\])?)\s*=\s*subgroupMatrixMultiplyAccumulate\s*\(([^,()]+),([^,()]+),\s*\1\s*\)/g;
const stores = /\bsubgroupMatrixStore\s*<\s*(row|col)_major\s*>\s*\(\s*&\s*(\w+)\s*,\s*/g;
const entry = /@compute\b[\s\S]*?\bfn\s+\w+\s*\(([\s\S]*?)\)\s*\{/;
const index = /@builtin\s*\(\s*local_invocation_index\s*\)\s*(\w+)/;

const kinds = { left: "EmulatedLeft", right: "EmulatedRight", result: "EmulatedSum" } as const;

function typeOf(all: string, kind: string, component: string, columns: string, rows: string): string {
  const isKnown = component === (kind === "result" ? "f32" : "f16") && columns === "16" && rows === "16";
  if (!isKnown) throw new Error(`matrices: f16 of 16 × 16 into f32 are emulated, got ${all}.`);
  return kinds[kind as keyof typeof kinds];
}

/** The array of a name at module scope: what its elements are, and how many. */
function bufferOf(text: string, name: string): Buffer {
  const declared = new RegExp(
    `\\bvar\\s*<[^>]*>\\s*${name}\\s*:\\s*array\\s*<\\s*(\\w+(?:<\\w+>)?)\\s*(?:,\\s*([^;]+))?>\\s*;`,
  ).exec(text);
  if (!declared) throw new Error(`matrices: ${name} must be an array at module scope, got none.`);
  const [, element, count] = declared;
  const [, width = "1", type] = /^(?:vec(\d))?<?(\w+)>?$/.exec(resolve(text, element!))!;
  const types = { f16: "f16", h: "f16", f32: "f32", f: "f32", u32: "u32", u: "u32" } as const;
  return {
    name,
    width: Number(width),
    type: types[type as keyof typeof types],
    count: count ?? `arrayLength(&${name})`,
  };
}

const resolve = (text: string, type: string): string =>
  new RegExp(`\\balias\\s+${type}\\s*=\\s*([^;]+);`).exec(text)?.[1]?.trim() ?? type;

/**
 * WGSL with matrices of subgroups as WGSL without: threads of a subgroup of 32 share the elements of a matrix, and functions that are
 * written for each buffer load and store them. What is loaded from beyond a buffer's end is NaN; nothing is stored there.
 * Throws for what it does not know: other sizes and types, arrays in structs, a main without local_invocation_index.
 */
export function withoutMatrices(code: string): string {
  if (!code.includes("subgroup_matrix")) return code;
  const text = code.replace(directives, "").replace(spelled, typeOf);
  const types = new Map([...text.matchAll(alias)].map(([, name, type]) => [name!, type!]));
  const buffers = new Map<string, Buffer>();
  const written = new Map<string, string>();
  const known = (name: string): Buffer => {
    const buffer = buffers.get(name) ?? bufferOf(text, name);
    buffers.set(name, buffer);
    return buffer;
  };
  const writing = new Set<string>();
  const body = text
    .replace(loads, (_, made: string, assigned: string, kind: string, order: "row" | "col", name: string) => {
      const type = types.get(kind) ?? kind;
      const call = load(type, order, known(name));
      written.set(call.name, call.text);
      return `${made ? `var ${made}: ${type}; ` : ""}${call.name}(&${made ?? assigned},`;
    })
    .replace(stores, (_, order: "row" | "col", name: string) => {
      const made = store(order, known(name));
      writing.add(name);
      written.set(made.name, made.text);
      return `${made.name}(`;
    })
    .replace(
      products,
      (_, sum: string, left: string, right: string) =>
        `emulated_multiply(&${left.trim()}, &${right.trim()}, &${sum})`,
    )
    .replace(/\bsubgroupMatrixScalarMultiply\b/g, "emulated_scale");
  const left = /\bsubgroupMatrix\w+[^;]*/.exec(body);
  if (left)
    throw new Error(
      `matrices: a load or a product must be assigned, a product to the sum that it adds to, got ${left[0]}.`,
    );
  const access = [...buffers.values()].map((b) => accessors(b, writing.has(b.name)));
  return [start(body), emulated, ...access, ...written.values()].join("\n");
}

/** Tells the functions which thread of its subgroup one is. */
function start(text: string): string {
  return text.replace(entry, (head, parameters: string) => {
    const thread = index.exec(parameters)?.[1];
    if (!thread) throw new Error("matrices: main must take local_invocation_index, got none.");
    return `${head} emulated_start(${thread});`;
  });
}
