// What state.wgsl does, by matrices of subgroups, whose operands A, B, S and y are f16. S itself stays f32, in registers: a thread has fours
// of it, and fours of y, and adds to them what the subgroups have made in workgroup memory. So four barriers a chunk.
// One workgroup a sequence, value head and COLUMNS value columns. All that a chunk takes is read while the one before it is computed.
const COLUMNS = 16u;
// of S and y as operands, which may be larger than f16 reaches; gradients are rather too small for it
const SHRINK = select(0.015625, 1.0, BACKWARD);
const SUBGROUPS = 8u;
const THREADS = 32u * SUBGROUPS;
const FOURS = COLUMNS / 4u;
const ACROSS = COLUMNS / 16u;
const LONG = WIDTH / 16u; // matrices along a row of A or B
// A S: a subgroup has 16 rows of A and a slice of the channels
const READ_TILES = READS / 16u;
const SLICES = SUBGROUPS / READ_TILES;
const SLICE = (LONG + SLICES - 1u) / SLICES;
// Bᵀ y: a subgroup has 16 channels, and perhaps others
const ROUNDS = (LONG + SUBGROUPS - 1u) / SUBGROUPS;
const DEEP = WRITES / 16u;
const DEEP_ROUNDS = ROUNDS * DEEP;
const STATE_SHARE = (WIDTH * FOURS + THREADS - 1u) / THREADS;
const VALUE_SHARE = (PLACES * FOURS + THREADS - 1u) / THREADS;

var<workgroup> S: array<vec4<f16>, WIDTH * FOURS>;
var<workgroup> y: array<vec4<f16>, PLACES * FOURS>; // 0 after the last write
var<workgroup> sums: array<f32, max(16u * SUBGROUPS, WIDTH) * COLUMNS>;

fn sums4(row: u32, four: u32) -> vec4f {
  let at = row * COLUMNS + 4u * four;
  return vec4f(sums[at], sums[at + 1u], sums[at + 2u], sums[at + 3u]) / SHRINK;
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
  let columns = min(max(p.V, own) - own, 4u);
  let kept = ((span.x * p.HV + head) * K) * p.V + own; // the state that begins or ends

  let subgroup = thread / 32u;
  let read_tile = subgroup % READ_TILES * 16u;
  let slice = subgroup / READ_TILES;
  let read_sums = (slice * READS + read_tile) * COLUMNS;

  var state: array<vec4f, STATE_SHARE>;
  // unroll
  for (var j = 0u; j < STATE_SHARE; j++) {
    let e = thread + THREADS * j;
    let i = e / FOURS;
    if (i < K) {
      for (var b = 0u; b < columns; b++) {
        state[j][b] = state_load(kept + i * p.V + b);
      }
    }
    if (i < WIDTH) {
      S[e] = vec4<f16>(SHRINK * state[j]);
    }
  }
  workgroupBarrier();

  var here: Place;
  var reads: array<Left, SLICE>;
  var writes: array<Left, DEEP_ROUNDS>;
  var value: array<vec4f, VALUE_SHARE>;
  var gate: array<f32, STATE_SHARE>; // G_end
  var given: array<vec4f, STATE_SHARE>;
  for (var step = 0u; step <= chunks; step++) {
    var next: Place;
    var next_reads: array<Left, SLICE>;
    var next_writes: array<Left, DEEP_ROUNDS>;
    var next_value: array<vec4f, VALUE_SHARE>;
    var next_gate: array<f32, STATE_SHARE>;
    var next_given: array<vec4f, STATE_SHARE>;
    if (step < chunks) {
      next = place_of(span, select(step, chunks - 1u - step, BACKWARD), head);
      // unroll
      for (var k = 0u; k < SLICE; k++) {
        let at = min(slice * SLICE + k, LONG - 1u) * 16u;
        next_reads[k] = subgroupMatrixLoad<Left, row_major>(&A, (next.index * READS + read_tile) * WIDTH + at, WIDTH);
      }
      // unroll
      for (var r = 0u; r < ROUNDS; r++) {
        // unroll
        for (var d = 0u; d < DEEP; d++) {
          let at = min(subgroup + SUBGROUPS * r, LONG - 1u) * 16u;
          next_writes[r * DEEP + d] =
            subgroupMatrixLoad<Left, col_major>(&B, (next.index * WRITES + 16u * d) * WIDTH + at, WIDTH);
        }
      }
      // unroll
      for (var j = 0u; j < VALUE_SHARE; j++) {
        let w = write_at(min((thread + THREADS * j) / FOURS, PLACES - 1u));
        next_value[j] = values4(value_index(next.chunk, min(w, next.chunk.writes - 1u), own));
      }
      // unroll
      for (var j = 0u; j < STATE_SHARE; j++) {
        let i = (thread + THREADS * j) / FOURS;
        next_gate[j] = gate_sum(next.chunk, next.chunk.tokens, select(0u, min(i, K - 1u), BY_KEY));
        if (BACKWARD && i < K) {
          next_given[j] = states4(state_index(next.index, i, own));
        }
      }
    }
    if (step > 0u) {
      // unroll
      for (var j = 0u; j < STATE_SHARE; j++) {
        let i = (thread + THREADS * j) / FOURS;
        if (i < K && columns > 0u) {
          states_put4(state_index(here.index, i, own), columns, state[j]);
        }
      }

      // set to zeros: compilers differ in whether a variable in a loop begins anew
      var read: array<Sum, ACROSS>;
      // unroll
      for (var c = 0u; c < ACROSS; c++) {
        read[c] = Sum();
      }
      // unroll
      for (var k = 0u; k < SLICE; k++) {
        let at = slice * SLICE + k;
        if (SLICE * SLICES == LONG || at < LONG) {
          // unroll
          for (var c = 0u; c < ACROSS; c++) {
            let right = subgroupMatrixLoad<Right, row_major>(&S, at * 16u * FOURS + 4u * c, FOURS);
            read[c] = subgroupMatrixMultiplyAccumulate(reads[k], right, read[c]);
          }
        }
      }
      // unroll
      for (var c = 0u; c < ACROSS; c++) {
        subgroupMatrixStore<row_major>(&sums, read_sums + 16u * c, read[c], COLUMNS);
      }
      workgroupBarrier();
      // unroll
      for (var j = 0u; j < VALUE_SHARE; j++) {
        let place = (thread + THREADS * j) / FOURS;
        if (place < PLACES) {
          let w = write_at(place);
          var written = vec4f();
          if (w < here.chunk.writes && columns > 0u) {
            written = value[j];
            if (place < READS) {
              for (var s = 0u; s < SLICES; s++) {
                written += sums4(s * READS + place, four);
              }
              values_put4(value_index(here.chunk, w, own), columns, written);
            }
          }
          y[thread + THREADS * j] = vec4<f16>(SHRINK * written);
        }
      }
      workgroupBarrier();
      // unroll
      for (var r = 0u; r < ROUNDS; r++) {
        let tile = subgroup + SUBGROUPS * r;
        if (SUBGROUPS * ROUNDS == LONG || tile < LONG) {
          var added: array<Sum, ACROSS>;
          // unroll
          for (var c = 0u; c < ACROSS; c++) {
            added[c] = Sum();
          }
          // unroll
          for (var d = 0u; d < DEEP; d++) {
            // unroll
            for (var c = 0u; c < ACROSS; c++) {
              let right = subgroupMatrixLoad<Right, row_major>(&y, d * 16u * FOURS + 4u * c, FOURS);
              added[c] = subgroupMatrixMultiplyAccumulate(writes[r * DEEP + d], right, added[c]);
            }
          }
          // unroll
          for (var c = 0u; c < ACROSS; c++) {
            subgroupMatrixStore<row_major>(&sums, tile * 16u * COLUMNS + 16u * c, added[c], COLUMNS);
          }
        }
      }
      workgroupBarrier();
      // unroll
      for (var j = 0u; j < STATE_SHARE; j++) {
        let i = (thread + THREADS * j) / FOURS;
        if (i < WIDTH) {
          state[j] = state[j] * exp(gate[j]) + given[j] + sums4(i, four);
          S[thread + THREADS * j] = vec4<f16>(SHRINK * state[j]);
        }
      }
      workgroupBarrier();
    }
    here = next;
    // unroll
    for (var k = 0u; k < SLICE; k++) {
      reads[k] = next_reads[k];
    }
    // unroll
    for (var k = 0u; k < DEEP_ROUNDS; k++) {
      writes[k] = next_writes[k];
    }
    // unroll
    for (var j = 0u; j < VALUE_SHARE; j++) {
      value[j] = next_value[j];
    }
    // unroll
    for (var j = 0u; j < STATE_SHARE; j++) {
      gate[j] = next_gate[j];
      given[j] = next_given[j];
    }
  }
  // unroll
  for (var j = 0u; j < STATE_SHARE; j++) {
    let i = (thread + THREADS * j) / FOURS;
    if (i < K) {
      for (var b = 0u; b < columns; b++) {
        state_store(kept + i * p.V + b, state[j][b]);
      }
    }
  }
}
