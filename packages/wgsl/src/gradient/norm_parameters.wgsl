// parts[b] = Σ dy n and Σ dy over the rows of block b: shares in the gradients of weight and bias. One thread a block and channel.
alias X = f32; // storage of x
alias GRAD = f32; // storage of grad

struct Params { count: u32, rows: u32, D: u32, size: u32, block: u32 }
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> x: array<X>; // [rows, D] = [groups, size]
@group(0) @binding(2) var<storage, read> grad: array<GRAD>; // [rows, D]
@group(0) @binding(3) var<storage, read> stats: array<f32>; // [groups, 2]: mean, 1 / sqrt(spread + eps)
@group(0) @binding(4) var<storage, read_write> parts: array<f32>; // [blocks, 2, D]

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let thread = flat(wid, nwg) * 256u + lane;
  if (thread >= p.count) { return; }
  let channel = thread % p.D;
  let b = thread / p.D;
  var of_weight = 0.0;
  var of_bias = 0.0;
  for (var row = b * p.block; row < min((b + 1u) * p.block, p.rows); row++) {
    let i = row * p.D + channel;
    let group = i / p.size;
    let dy = f32(grad[i]) * gate_leaving(i);
    of_weight += dy * (f32(x[i]) * gate_entering(i) - stats[2u * group]) * stats[2u * group + 1u];
    of_bias += dy;
  }
  parts[2u * b * p.D + channel] = of_weight;
  parts[(2u * b + 1u) * p.D + channel] = of_bias;
}
