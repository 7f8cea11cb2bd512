/** An array at module scope that matrices are loaded from or stored to. */
export interface Buffer {
  readonly name: string;
  /** Whether its elements are vectors of four. */
  readonly isWide: boolean;
  /** How many elements it has, in WGSL. */
  readonly count: string;
}

interface Function {
  readonly name: string;
  readonly text: string;
}

type Order = "row" | "col";

/** Reads, and on request writes, one number of a buffer. */
export function accessors({ name, isWide, count }: Buffer, isWritten: boolean): string {
  const [element, last] = isWide
    ? [`${name}[at / 4u][at % 4u]`, `4u * u32(${count})`]
    : [`${name}[at]`, `u32(${count})`];
  const get = `fn emulated_get_${name}(at: u32) -> f32 {
  if (at >= ${last}) { return emulated_outside(); }
  return f32(${element});
}`;
  const put = `fn emulated_put_${name}(at: u32, x: f32) {
  if (at < ${last}) { ${element} = x; }
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
function place(order: Order, { isWide }: Buffer, row: string, column: string): string {
  const [line, along] = order === "row" ? [row, column] : [column, row];
  const start = `offset + (${line}) * pitch`;
  return isWide ? `4u * (${start}) + ${along}` : `${start} + ${along}`;
}

export function load(type: string, order: Order, buffer: Buffer): Function {
  const part = parts[type];
  if (!part) throw new Error(`matrices: a matrix must be loaded, got ${type}.`);
  const [count, row, column] = part;
  const name = `emulated_load_${type}_${order}_${buffer.name}`;
  return {
    name,
    text: `fn ${name}(x: ptr<function, ${type}>, offset: u32, pitch: u32) {
  for (var i = 0u; i < ${count}; i++) { (*x).part[i] = emulated_get_${buffer.name}(${place(order, buffer, row, column)}); }
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
  for (var i = 0u; i < ${count}; i++) { emulated_put_${buffer.name}(${place(order, buffer, row, column)}, x.part[i]); }
}`,
  };
}
