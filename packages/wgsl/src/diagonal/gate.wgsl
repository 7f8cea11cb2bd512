// G_t = Σ g over the tokens of t's chunk up to and including t. A workgroup takes a chunk and CHANNELS channels; a thread sums RUN tokens of one,
// whose loads are under way at once, and adds what the runs before its own came to.
alias GATE = f32; // storage of g

const CHANNELS = 32u;
const RUN = 8u; // tokens
const RUNS = 8u; // of a chunk at a time
const THREADS = RUNS * CHANNELS;

struct Params {
  chunks: u32,
  width: u32, // channels of a token: HV, HV · K or HV · V
}
@group(0) @binding(0) var<uniform> p: Params;
@group(0) @binding(1) var<storage, read> chunks: array<vec2u>; // [chunks]: first token, tokens
@group(0) @binding(2) var<storage, read> g: array<GATE>; // [T, width]
@group(0) @binding(3) var<storage, read_write> gates: array<f32>; // [T, width]

var<workgroup> totals: array<f32, THREADS>; // [run, channel]

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  let across = (p.width + CHANNELS - 1u) / CHANNELS;
  if (group >= p.chunks * across) { return; }
  let chunk = chunks[group / across];
  let end = chunk.x + chunk.y;
  let lane = thread % CHANNELS;
  let channel = group % across * CHANNELS + lane;
  let run = thread / CHANNELS;
  var before = 0.0; // what all earlier runs came to
  for (var first = chunk.x; first < end; first += RUN * RUNS) {
    let own = first + run * RUN;
    var x: array<f32, RUN>;
    // unroll
    for (var i = 0u; i < RUN; i++) {
      // tokens beyond the last are the last again, as channels are, and not used
      x[i] = f32(g[min(own + i, end - 1u) * p.width + min(channel, p.width - 1u)]);
    }
    // unroll
    for (var i = 1u; i < RUN; i++) {
      x[i] += x[i - 1u];
    }
    totals[thread] = x[RUN - 1u];
    workgroupBarrier();
    // one by one, so that sums of negative gates fall from run to run
    var start = 0.0;
    // unroll
    for (var r = 0u; r < RUNS; r++) {
      if (r == run) { start = before; }
      before += totals[r * CHANNELS + lane];
    }
    // unroll
    for (var i = 0u; i < RUN; i++) {
      if (own + i < end && channel < p.width) { gates[(own + i) * p.width + channel] = start + x[i]; }
    }
    workgroupBarrier();
  }
}
