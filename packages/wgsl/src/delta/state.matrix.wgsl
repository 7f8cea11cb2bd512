// What state.wgsl does, by matrices of subgroups, whose operands A, B, S and y are f16. S itself stays f32, in registers: a thread has fours
// of it, and fours of y, and adds to them what the subgroups have made in workgroup memory.
// One workgroup a sequence, value head and COLUMNS value columns. What the next chunk takes is asked for as soon as there are registers for
// it, and nothing is computed from it before it is used; what is asked for after the last chunk is that chunk again, and not used.
const COLUMNS = 16u;
// of S and y as operands, which may be larger than f16 reaches; gradients are rather too small for it
const SHRINK = select(0.015625, 1.0, BACKWARD);
const SUBGROUPS = 8u; // READ_TILES · SLICES
const THREADS = 32u * SUBGROUPS;
const FOURS = COLUMNS / 4u;
const TILES = WIDTH / 16u; // of channels
// A S: a subgroup has 16 rows of A, and of their tiles every SLICES-th
const READ_TILES = READS / 16u;
const SLICES = 2u;
const READ_SHARE = (TILES + SLICES - 1u) / SLICES;
// Bᵀ y: a subgroup has every SUBGROUPS-th tile of channels, with all rows of B
const WRITE_TILES = WRITES / 16u;
const TILE_SHARE = (TILES + SUBGROUPS - 1u) / SUBGROUPS;
// of a thread, in fours
const STATE_SHARE = (WIDTH * FOURS + THREADS - 1u) / THREADS;
const VALUE_SHARE = (PLACES * FOURS + THREADS - 1u) / THREADS;
// what a compiler knows to be true is no branch, which would keep what stands beside products from being done meanwhile
const WHOLE = false; // V is a multiple of COLUMNS
const WHOLE_STATES = WHOLE && WIDTH == K && WIDTH * FOURS % THREADS == 0u;

var<workgroup> S: array<vec4<f16>, WIDTH * FOURS>;
var<workgroup> y: array<vec4<f16>, PLACES * FOURS>; // 0 after the last write
var<workgroup> sums: array<vec4f, max(READS * SLICES, WIDTH) * FOURS>;

fn sums4(row: u32, four: u32) -> vec4f {
  return sums[row * FOURS + four] / SHRINK;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) nwg: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let group = flat(wid, nwg);
  if (group >= p.groups) { return; }
  let span = spans[group / p.tiles / p.HV];
  let head = group / p.tiles % p.HV;
  let column = group % p.tiles * COLUMNS;
  let chunks = (span.z + p.longest - 1u) / p.longest;
  let four = thread % FOURS;
  let own = column + 4u * four; // THREADS is a multiple of FOURS
  let columns = select(min(max(p.V, own) - own, 4u), 4u, WHOLE);
  let kept = ((span.x * p.HV + head) * K) * p.V + own; // the state that begins or ends
  let subgroup = thread / 32u;
  let read_tile = subgroup % READ_TILES;
  let slice = subgroup / READ_TILES;

  var state: array<vec4f, STATE_SHARE>;
  var gate: array<f32, STATE_SHARE>; // of G_end
  var fade: array<f32, STATE_SHARE>;
  var given: array<states_FOUR, STATE_SHARE>;
  var value: array<values_FOUR, VALUE_SHARE>;
  var written: array<vec4f, VALUE_SHARE>;
  var here = place_of(span, visited(0u, chunks), head);
  ask_reads(here.index, thread);
  ask_writes(here.index, thread);
  // unroll
  for (var j = 0u; j < VALUE_SHARE; j++) {
    value[j] = values_load4(value_index(here.chunk, write_at((thread + THREADS * j) / FOURS), own));
  }
  // unroll
  for (var j = 0u; j < STATE_SHARE; j++) {
    let e = thread + THREADS * j;
    let i = min(e / FOURS, K - 1u);
    gate[j] = gate_load(here.chunk, here.chunk.tokens, select(0u, i, BY_KEY));
    if (BACKWARD) { given[j] = states_load4(state_index(here.index, i, own)); }
    if (e < K * FOURS) { state[j] = before(state_load4(kept + i * p.V), 0u, columns); }
    if (e < WIDTH * FOURS) { S[e] = vec4<f16>(SHRINK * state[j]); }
  }
  put_reads(thread);
  workgroupBarrier();

  for (var step = 1u; step <= chunks; step++) {
    let next = place_of(span, visited(min(step, chunks - 1u), chunks), head);
    ask_reads(next.index, thread);
    var read = Sum();
    // unroll
    for (var k = 0u; k < READ_SHARE; k++) {
      let tile = slice + SLICES * k;
      if (TILES % SLICES == 0u || tile < TILES) {
        var left = read_matrix(here.index, read_tile, tile);
        let right = subgroupMatrixLoad<Right, row_major>(&S, 16u * tile * FOURS, FOURS);
        read = subgroupMatrixMultiplyAccumulate(left, right, read);
      }
    }
    // unroll
    for (var j = 0u; j < VALUE_SHARE; j++) {
      written[j] = values_of4(value[j]);
      value[j] = values_load4(value_index(next.chunk, write_at((thread + THREADS * j) / FOURS), own));
    }
    // unroll
    for (var j = 0u; j < STATE_SHARE; j++) {
      let i = (thread + THREADS * j) / FOURS;
      fade[j] = exp(gate_of(gate[j], here.chunk.tokens));
      gate[j] = gate_load(next.chunk, next.chunk.tokens, select(0u, min(i, K - 1u), BY_KEY));
      if (WHOLE_STATES || (i < K && columns > 0u)) {
        states_put4(state_index(here.index, i, own), columns, state[j]);
      }
    }
    subgroupMatrixStore<row_major>(&sums, 16u * subgroup * FOURS, read, FOURS);
    workgroupBarrier();

    // unroll
    for (var j = 0u; j < VALUE_SHARE; j++) {
      let place = (thread + THREADS * j) / FOURS;
      if (PLACES * FOURS % THREADS == 0u || place < PLACES) {
        let w = write_at(place);
        let is_written = w < here.chunk.writes && (WHOLE || columns > 0u);
        if (EVERY == 1u || place < READS) {
          // unroll
          for (var s = 0u; s < SLICES; s++) {
            written[j] += sums4(s * READS + place, four);
          }
          if (is_written) {
            values_put4(value_index(here.chunk, w, own), columns, written[j]);
          }
        }
        y[thread + THREADS * j] = vec4<f16>(SHRINK * select(vec4f(), written[j], is_written));
      }
    }
    put_writes(thread);
    ask_writes(next.index, thread);
    workgroupBarrier();

    // unroll
    for (var i = 0u; i < TILE_SHARE; i++) {
      let tile = subgroup + SUBGROUPS * i;
      if (TILES % SUBGROUPS == 0u || tile < TILES) {
        var added = Sum();
        // unroll
        for (var w = 0u; w < WRITE_TILES; w++) {
          var left = write_matrix(here.index, w, tile);
          let right = subgroupMatrixLoad<Right, row_major>(&y, 16u * w * FOURS, FOURS);
          added = subgroupMatrixMultiplyAccumulate(left, right, added);
        }
        subgroupMatrixStore<row_major>(&sums, 16u * tile * FOURS, added, FOURS);
      }
    }
    workgroupBarrier();

    // unroll
    for (var j = 0u; j < STATE_SHARE; j++) {
      let e = thread + THREADS * j;
      if (WIDTH * FOURS % THREADS == 0u || e < WIDTH * FOURS) {
        state[j] = state[j] * fade[j] + sums4(e / FOURS, four);
        if (BACKWARD && (WHOLE_STATES || e < K * FOURS)) {
          state[j] += states_of4(given[j]);
          given[j] = states_load4(state_index(next.index, e / FOURS, own));
        }
        S[e] = vec4<f16>(SHRINK * state[j]);
      }
    }
    put_reads(thread);
    workgroupBarrier();
    here = next;
  }
  // unroll
  for (var j = 0u; j < STATE_SHARE; j++) {
    let i = (thread + THREADS * j) / FOURS;
    if (i < K) {
      state_store4(kept + i * p.V, columns, state[j]);
    }
  }
}
