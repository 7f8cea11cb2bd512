/** Numbers of the top-level consts that a bound or an index may name. */
export type Constants = ReadonlyMap<string, number>;

const constant = /^const\s+(\w+)\s*(?::[^=;]+)?=\s*([^;]+);/gm;
const loop = /\/\/ unroll\s*\n\s*for \(var (\w+) = ([^;]+); \1 < ([^;]+); \1\+\+\) \{/;
const array = /\bvar (\w+): array<(\w+(?:<\w+>)?), ([^>]+)>;/g;
const privateArray = /\bvar<private> (\w+): array<(\w+(?:<\w+>)?), ([^>]+)>;/g;

/** The integer consts of modules, in order of declaration. */
export function constants(bodies: readonly string[]): Constants {
  const known = new Map<string, number>();
  for (const body of bodies)
    for (const [, name, expression] of body.matchAll(constant)) {
      const value = evaluate(expression!, known);
      if (value !== undefined) known.set(name!, value);
    }
  return known;
}

/**
 * Writes out the loops marked `// unroll`, and gives each array that is then indexed by numbers alone a variable an element,
 * because compilers keep arrays in memory, those of software adapters and of a GPU too. The number of lines stays.
 */
export function unroll(body: string, known: Constants): string {
  return body.includes("// unroll") ? splitArrays(writeOut(body, known), known) : body;
}

function writeOut(text: string, known: Constants): string {
  const found = loop.exec(text);
  if (!found) return text;
  const [head, name, first, last] = found as unknown as [string, string, string, string];
  const [from, to] = [evaluate(first, known), evaluate(last, known)];
  const start = found.index + head.length;
  const end = closing(text, start);
  const whole = text.slice(found.index, end + 1);
  // a bound that is not a number stays a loop
  if (from === undefined || to === undefined)
    return text.slice(0, start) + writeOut(text.slice(start), known);
  const inner = text.slice(start, end);
  const suffix = first.trim().endsWith("u") ? "u" : "";
  const copies = Array.from({ length: Math.max(0, to - from) }, (_, i) => {
    const copy = writeOut(inner.replace(new RegExp(`\\b${name}\\b`, "g"), `${from + i}${suffix}`), known);
    return `{${copy.replace(/\/\/[^\n]*/g, "").replace(/\s*\n\s*/g, " ")}}`;
  });
  const lines = "\n".repeat(whole.split("\n").length - 1);
  return text.slice(0, found.index) + copies.join(" ") + lines + writeOut(text.slice(end + 1), known);
}

function splitArrays(text: string, known: Constants): string {
  let rest = text;
  for (const [declaration, name, type, length] of text.matchAll(array)) {
    const at = rest.indexOf(declaration);
    const scope = closing(rest, at);
    const after = rest.slice(at + declaration.length, scope);
    const count = evaluate(length!, known);
    if (count === undefined || !isNumbered(after, name!, known)) continue;
    rest =
      rest.slice(0, at) +
      variables("var", name!, type!, count) +
      numbered(after, name!, known) +
      rest.slice(scope);
  }
  return rest;
}

/** The same for arrays of a whole module scope, which all modules may use. */
export function splitPrivates(bodies: readonly string[], known: Constants): readonly string[] {
  let rest = bodies;
  for (const [declaration, name, type, length] of bodies.join("\n").matchAll(privateArray)) {
    const count = evaluate(length!, known);
    const without = rest.map((body) => body.replace(declaration, ""));
    if (count === undefined || !without.every((body) => isNumbered(body, name!, known))) continue;
    rest = rest.map((body) =>
      body
        .split(declaration)
        .map((part) => numbered(part, name!, known))
        .join(variables("var<private>", name!, type!, count)),
    );
  }
  return rest;
}

const variables = (keyword: string, name: string, type: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${keyword} ${name}_${i}: ${type};`).join(" ");

const uses = (name: string): RegExp =>
  new RegExp(`//[^\\n]*|(?<![.\\w])${name}\\b(\\[([^\\[\\]]+)\\])?`, "g");

/** Whether a name is only used as an array with an index that is a number. */
const isNumbered = (text: string, name: string, known: Constants): boolean =>
  [...text.matchAll(uses(name))].every(
    ([all, , index]) => all.startsWith("//") || (index !== undefined && evaluate(index, known) !== undefined),
  );

const numbered = (text: string, name: string, known: Constants): string =>
  text.replace(uses(name), (all, _, index: string) =>
    all.startsWith("//") ? all : `${name}_${evaluate(index, known)}`,
  );

/** Where the block that contains a position ends. */
function closing(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === "{") depth++;
    else if (text[i] === "}" && depth-- === 0) return i;
  }
  return text.length;
}

/** The value of an expression of whole numbers and consts, if it is one. */
function evaluate(expression: string, known: Constants): number | undefined {
  const tokens = expression.match(/\w+|[-+*/%()]|\S/g) ?? [];
  let at = 0;
  const atom = (): number => {
    const token = tokens[at++] ?? "";
    if (token === "(") {
      const value = sum();
      return tokens[at++] === ")" ? value : Number.NaN;
    }
    return /^\d+[ui]?$/.test(token) ? Number.parseInt(token, 10) : (known.get(token) ?? Number.NaN);
  };
  const chain =
    (part: () => number, operators: Readonly<Record<string, (a: number, b: number) => number>>) =>
    (): number => {
      let value = part();
      for (let f = operators[tokens[at] ?? ""]; f; f = operators[tokens[at] ?? ""]) {
        at++;
        value = f(value, part());
      }
      return value;
    };
  const product = chain(atom, {
    "*": (a, b) => a * b,
    "/": (a, b) => Math.trunc(a / b),
    "%": (a, b) => a % b,
  });
  const sum = chain(product, { "+": (a, b) => a + b, "-": (a, b) => a - b });
  const value = sum();
  return at === tokens.length && Number.isInteger(value) ? value : undefined;
}
