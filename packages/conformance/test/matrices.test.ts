// The emulated matrices: what shaders become, and that they compute what the CPU does.
import { expect, it } from "vitest";
import { nullDevice, withMatrixAdapter } from "../src/adapters";
import { withoutMatrices } from "../src/adapters/matrices/rewrite";

const [M, K, N] = [16, 32, 16];
// a is [M, K] in fours, b is [N, K], the product goes through workgroup memory and doubles on the way
const product = `
diagnostic(off, chromium.subgroup_matrix_uniformity);
enable f16;
enable chromium_experimental_subgroup_matrix;
alias Left = subgroup_matrix_left<f16, 16, 16>;
alias Right = subgroup_matrix_right<f16, 16, 16>;
alias Sum = subgroup_matrix_result<f32, 16, 16>;
@group(0) @binding(0) var<storage, read> a: array<vec4<f16>>;
@group(0) @binding(1) var<storage, read> b: array<f16>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
var<workgroup> tile: array<f32, 256>;
@compute @workgroup_size(32)
fn main(@builtin(local_invocation_index) thread: u32) {
  var sum: Sum;
  for (var k = 0u; k < ${K}u; k += 16u) {
    let left = subgroupMatrixLoad<Left, row_major>(&a, k / 4u, ${K / 4}u);
    let right = subgroupMatrixLoad<Right, col_major>(&b, k, ${K}u);
    sum = subgroupMatrixMultiplyAccumulate(left, right, sum);
  }
  sum = subgroupMatrixScalarMultiply(sum, 2.0);
  subgroupMatrixStore<row_major>(&tile, 0u, sum, 16u);
  workgroupBarrier();
  for (var e = thread; e < 256u; e += 32u) { c[e] = tile[e]; }
}
`;

async function refusal(device: GPUDevice, code: string): Promise<string | undefined> {
  device.pushErrorScope("validation");
  device.createShaderModule({ code });
  return (await device.popErrorScope())?.message;
}

it("the shader of these tests is right as it stands", async () => {
  expect(await refusal(await nullDevice(), product)).toBeUndefined();
});

it("a shader with matrices becomes one without, line by line", () => {
  const before = product.split("\n");
  const after = withoutMatrices(product).split("\n");
  expect(withoutMatrices(product)).not.toMatch(/subgroup_?matrix/i);
  const changed = before.flatMap((line, i) => (line === after[i] ? [] : [after[i]!.trim()]));
  expect(changed).toEqual([
    "",
    "",
    "alias Left = EmulatedLeft;",
    "alias Right = EmulatedRight;",
    "alias Sum = EmulatedSum;",
    "fn main(@builtin(local_invocation_index) thread: u32) { emulated_start(thread);",
    "var left: EmulatedLeft; emulated_load_EmulatedLeft_row_a(&left, k / 4u, 8u);",
    "var right: EmulatedRight; emulated_load_EmulatedRight_col_b(&right, k, 32u);",
    "emulated_multiply(&left, &right, &sum);",
    "sum = emulated_scale(sum, 2.0);",
    "emulated_store_row_tile(0u, sum, 16u);",
  ]);
});

it("a shader without matrices stays, and what is not known is refused", () => {
  const plain = "@compute @workgroup_size(1) fn main() {}";
  expect(withoutMatrices(plain)).toBe(plain);
  const refused = (from: string, to: string) => expect(() => withoutMatrices(product.replace(from, to)));
  refused("left<f16, 16, 16>", "left<f16, 8, 16>").toThrow(/^matrices: f16 of 16 × 16/);
  refused("var<workgroup> tile", "var<workgroup> other").toThrow(/tile must be an array/);
  refused("local_invocation_index", "local_invocation_id").toThrow(/local_invocation_index/);
  refused("sum = subgroupMatrixMul", "let next = subgroupMatrixMul").toThrow(/must be assigned/);
});

withMatrixAdapter(({ open }) => {
  async function run(code: string): Promise<Float32Array> {
    const adapter = await open();
    const device = await adapter.requestDevice({ requiredFeatures: [...adapter.features] as never });
    const bytes = (count: number, of: (i: number) => number) => {
      // halves of whole numbers up to 7: exponent 15 + floor(log2)
      const half = (x: number) => (x === 0 ? 0 : ((Math.floor(Math.log2(x)) + 15) << 10) | mantissa(x));
      const mantissa = (x: number) => (x / 2 ** Math.floor(Math.log2(x)) - 1) * 1024;
      return Uint16Array.from({ length: count }, (_, i) => half(of(i)));
    };
    const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
    const inputs = [bytes(M * K, left), bytes(N * K, right)].map((data) => {
      const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST });
      device.queue.writeBuffer(buffer, 0, data);
      return buffer;
    });
    const out = device.createBuffer({ size: 4 * M * N, usage: STORAGE | COPY_SRC });
    const read = device.createBuffer({ size: 4 * M * N, usage: COPY_DST | MAP_READ });
    const module = device.createShaderModule({ code });
    const pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
    const entries = [...inputs, out].map((buffer, binding) => ({ binding, resource: { buffer } }));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(out, 0, read, 0, 4 * M * N);
    device.queue.submit([encoder.finish()]);
    await read.mapAsync(GPUMapMode.READ);
    return new Float32Array(read.getMappedRange().slice(0));
  }
  const left = (i: number) => (3 * i) % 8;
  const right = (i: number) => (5 * i + (i >> 3)) % 8;
  const expected = Float32Array.from({ length: M * N }, (_, i) => {
    const [m, n] = [Math.floor(i / N), i % N];
    return (
      2 * Array.from({ length: K }, (_, k) => left(m * K + k) * right(n * K + k)).reduce((a, b) => a + b)
    );
  });

  it("a product is the CPU's", async () => expect(await run(product)).toEqual(expected));

  it.each([
    ["halves", "array<vec4<f16>, 128>", "8u", "bitcast<vec2f>(tile[e / 2u])[e % 2u]"],
    ["whole numbers", "array<vec2u, 128>", "8u", "bitcast<f32>(tile[e / 2u][e % 2u])"],
  ])("a sum lies in what holds %s, bit by bit", async (_, type, pitch, got) => {
    const code = product
      .replace("array<f32, 256>", type)
      .replace("sum, 16u)", `sum, ${pitch})`)
      .replace("= tile[e]", `= ${got}`);
    expect(await refusal(await nullDevice(), code)).toBeUndefined();
    expect(await run(code)).toEqual(expected);
  });

  it("operands lie in whole numbers, bit by bit", async () => {
    const code = product
      .replace("a: array<vec4<f16>>", "a: array<vec4u>")
      .replace(`k / 4u, ${K / 4}u`, `k / 8u, ${K / 8}u`);
    expect(await refusal(await nullDevice(), code)).toBeUndefined();
    expect(await run(code)).toEqual(expected);
  });

  it("what is loaded from beyond a buffer is not a number", async () => {
    const beyond = await run(product.replace("&b, k,", "&b, k + 16u,"));
    expect([...beyond].filter(Number.isNaN).length).toBe(M);
  });
});
