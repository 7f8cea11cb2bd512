// M = (I + L)⁻¹ of every chunk, with L_ts = −answer_t pairs_ts for s < t: what is written in response to an erase, from what it would be
// if no read of the chunk saw an earlier response of it. Of a unit lower triangular matrix
//
//     (A 0)⁻¹   (     A⁻¹       0 )
//     (B D)   = (−D⁻¹ B A⁻¹    D⁻¹)
//
// so that blocks of 4 rows, inverted by substitution, grow to 8, 16, … by two products a time, in place. One workgroup a chunk and value
// head; a thread makes four elements of a row. Rows beyond the chunk's are those of the identity.
alias NUMBER = f32; // storage of M

const FOURS = N / 4u; // of a row
const THREADS = max(N * FOURS / 4u, 32u);

struct Params {
  groups: u32, // workgroups with work: chunks · HV
  longest: u32, // tokens that a chunk may have
  HV: u32,
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
@group(0) @binding(2) var<storage, read_write> inverse: array<vec4<NUMBER>>; // M [chunks, HV, N, N]

var<workgroup> M: array<vec4f, N * FOURS>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let range = chunks[group / p.HV];
  let chunk = Chunk(range.x, range.y, range.y * STEPS, group % p.HV);
  for (var e = thread; e < N * FOURS; e += THREADS) {
    M[e] = system(chunk, group, e / FOURS, e % FOURS * 4u);
  }
  workgroupBarrier();
  if (thread < FOURS) {
    invert_four(thread);
  }
  for (var size = 4u; size < N; size *= 2u) {
    workgroupBarrier();
    // a pair of blocks is D of `size` rows below A; this thread's row is one of D's
    let fours = size / 4u;
    let busy = thread < N / 2u * fours;
    let row = thread / fours / size * 2u * size + size + thread / fours % size;
    let first = thread / fours / size * 2u * size;
    let at = row * FOURS + first / 4u + thread % fours;
    var made: vec4f;
    if (busy) {
      made = product(row, first, first, at % FOURS, size);
    }
    workgroupBarrier();
    if (busy) {
      M[at] = made;
    }
    workgroupBarrier();
    if (busy) {
      made = product(row, first + size, first + size, at % FOURS, size);
    }
    workgroupBarrier();
    if (busy) {
      M[at] = -made;
    }
  }
  workgroupBarrier();
  for (var e = thread; e < N * FOURS; e += THREADS) {
    inverse[group * N * FOURS + e] = vec4<NUMBER>(M[e]);
  }
}

// Elements s .. s + 3 of row t of L, 0 from the diagonal on
fn system(chunk: Chunk, group: u32, t: u32, s: u32) -> vec4f {
  if (s >= t || t >= reads_of(chunk)) { return vec4f(); }
  let at = product_index(group, t, s * EVERY);
  var row = pairs4(at);
  if (EVERY == 2u) {
    row = vec4f(row.xz, pairs4(at + 4u).xz);
  }
  row *= -answer(read_row(chunk, t) * p.HV + chunk.head);
  return select(vec4f(), row, s + vec4u(0u, 1u, 2u, 3u) < vec4u(t));
}

fn invert_four(block: u32) {
  let at = 4u * block * FOURS + block;
  let second = M[at + FOURS];
  let third = M[at + 2u * FOURS];
  let fourth = M[at + 3u * FOURS];
  let a = vec4f(1.0, 0.0, 0.0, 0.0);
  let b = vec4f(0.0, 1.0, 0.0, 0.0) - second.x * a;
  let c = vec4f(0.0, 0.0, 1.0, 0.0) - third.x * a - third.y * b;
  let d = vec4f(0.0, 0.0, 0.0, 1.0) - fourth.x * a - fourth.y * b - fourth.z * c;
  M[at] = a;
  M[at + FOURS] = b;
  M[at + 2u * FOURS] = c;
  M[at + 3u * FOURS] = d;
}

// Σ_k M[row, left + k] M[top + k, …], four columns, over `size` values of k
fn product(row: u32, left: u32, top: u32, four: u32, size: u32) -> vec4f {
  var sum = vec4f();
  for (var k = 0u; k < size; k += 4u) {
    let x = M[row * FOURS + (left + k) / 4u];
    let at = (top + k) * FOURS + four;
    sum += x.x * M[at] + x.y * M[at + FOURS] + x.z * M[at + 2u * FOURS] + x.w * M[at + 3u * FOURS];
  }
  return sum;
}
