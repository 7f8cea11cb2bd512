/** An array at module scope that matrices are loaded from or stored to. */
export interface Buffer {
  readonly name: string;
  /** Components of an element: 1 of a number. */
  readonly width: number;
  readonly type: "f16" | "f32" | "u32";
  /** How many elements it has, in WGSL. */
  readonly count: string;
}

interface Function {
  readonly name: string;
  readonly text: string;
}

type Order = "row" | "col";

/** Numbers of an element, of an operand or of a sum: their bits lie in whatever it is. */
const numbers = ({ width, type }: Buffer, isOperand: boolean): number =>
  (width * (type === "f16" ? 2 : 4)) / (isOperand ? 2 : 4);

/** Reads, and on request writes, one number of a buffer. */
export function accessors(buffer: Buffer, isWritten: boolean): string {
  const { name, width, type, count } = buffer;
  const component = (at: string): string =>
    width === 1 ? `${name}[${at}]` : `${name}[${at} / ${width}u][${at} % ${width}u]`;
  const bits = `bitcast<u32>(${component("(at / 2u)")})`;
  const got = type === "f16" ? `f32(${component("at")})` : `unpack2x16float(${bits})[at % 2u]`;
  const assign =
    type === "f16"
      ? `let two = bitcast<vec2<f16>>(x); ${component("(2u * at)")} = two.x; ${component("(2u * at + 1u)")} = two.y;`
      : `${component("at")} = bitcast<${type}>(x);`;
  const get = `fn emulated_get_${name}(at: u32) -> f32 {
  if (at >= ${numbers(buffer, true)}u * u32(${count})) { return emulated_outside(); }
  return ${got};
}`;
  const put = `fn emulated_put_${name}(at: u32, x: f32) {
  if (at < ${numbers(buffer, false)}u * u32(${count})) { ${assign} }
}`;
  return isWritten ? `${get}\n${put}` : get;
}

/** Of each kind of matrix how many elements a thread has, and where element i of them is. */
const parts: Readonly<Record<string, readonly [count: string, row: string, column: string]>> = {
  EmulatedLeft: ["2u * emulated_eight", "emulated_row()", "i"],
  EmulatedRight: ["16u * emulated_eight", "i / 8u", "emulated_column() + i % 8u"],
  EmulatedSum: ["emulated_eight", "emulated_row()", "emulated_column() + i"],
};

/** Where an element of a matrix lies; offset and pitch count elements of the buffer. */
function place(order: Order, wide: number, row: string, column: string): string {
  const [line, along] = order === "row" ? [row, column] : [column, row];
  return `${wide}u * (offset + (${line}) * pitch) + ${along}`;
}

export function load(type: string, order: Order, buffer: Buffer): Function {
  const part = parts[type];
  if (!part || type === "EmulatedSum") throw new Error(`matrices: an operand must be loaded, got ${type}.`);
  const [count, row, column] = part;
  const name = `emulated_load_${type}_${order}_${buffer.name}`;
  return {
    name,
    text: `fn ${name}(x: ptr<function, ${type}>, offset: u32, pitch: u32) {
  for (var i = 0u; i < ${count}; i++) { (*x).part[i] = emulated_get_${buffer.name}(${place(order, numbers(buffer, true), row, column)}); }
}`,
  };
}

export function store(order: Order, buffer: Buffer): Function {
  const [count, row, column] = parts["EmulatedSum"]!;
  const name = `emulated_store_${order}_${buffer.name}`;
  return {
    name,
    text: `fn ${name}(offset: u32, sum: EmulatedSum, pitch: u32) {
  var x = sum;
  for (var i = 0u; i < ${count}; i++) { emulated_put_${buffer.name}(${place(order, numbers(buffer, false), row, column)}, x.part[i]); }
}`,
  };
}
