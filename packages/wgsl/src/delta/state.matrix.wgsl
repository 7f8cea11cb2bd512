// What state.wgsl does, by matrices of subgroups, whose operands A, B, S and y are f16. S itself stays f32, in registers: a thread has fours
// of it, and fours of y, and adds to them what the subgroups have made in workgroup memory.
// One workgroup a sequence, value head and COLUMNS value columns. A and B come to workgroup memory PART channels at a time, since matrices
// that are loaded from where these lie take as long as all else. What the next chunk takes is loaded once this chunk's has left its registers,
// and nothing is computed from it before it is used: a thread waits for a load where its first use stands.
const COLUMNS = 16u;
const PART = 64u; // channels, a multiple of 16
// of S and y as operands, which may be larger than f16 reaches; gradients are rather too small for it
const SHRINK = select(0.015625, 1.0, BACKWARD);
const SUBGROUPS = 8u;
const THREADS = 32u * SUBGROUPS;
const FOURS = COLUMNS / 4u;
const PARTS = (WIDTH + PART - 1u) / PART;
const LINE = PART / 8u; // of a row, in eights, as which it is loaded
const PITCH = PART / 4u + 2u; // so that lines spread over the banks
// A S: a subgroup has 16 rows of A and a slice of the channels of a part
const READ_TILES = READS / 16u;
const SLICES = SUBGROUPS / READ_TILES;
const SLICE = (PART / 16u + SLICES - 1u) / SLICES;
// Bᵀ y: a subgroup has 16 channels of a part
const DEEP = WRITES / 16u;
const READ_SHARE = (READS * LINE + THREADS - 1u) / THREADS; // of a part, in eights
const WRITE_SHARE = (WRITES * LINE + THREADS - 1u) / THREADS;
const STATE_SHARE = (PART * FOURS + THREADS - 1u) / THREADS; // of a part
const VALUE_SHARE = (PLACES * FOURS + THREADS - 1u) / THREADS;

var<workgroup> rows: array<vec4<f16>, max(READS, WRITES) * PITCH>; // of A or B
var<workgroup> S: array<vec4<f16>, WIDTH * FOURS>;
var<workgroup> y: array<vec4<f16>, PLACES * FOURS>; // 0 after the last write
var<workgroup> sums: array<vec4f, 16u * SUBGROUPS * FOURS>;

fn sums4(row: u32, four: u32) -> vec4f {
  return sums[row * FOURS + four] / SHRINK;
}

// Eight channels of a row of A or B.
fn put_eight(e: u32, x: vec4u) {
  let at = e / LINE * PITCH + 2u * (e % LINE);
  rows[at] = bitcast<vec4<f16>>(x.xy);
  rows[at + 1u] = bitcast<vec4<f16>>(x.zw);
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

  var state: array<vec4f, PARTS * STATE_SHARE>;
  // unroll
  for (var part = 0u; part < PARTS; part++) {
    // unroll
    for (var j = 0u; j < STATE_SHARE; j++) {
      let e = thread + THREADS * j;
      let i = part * PART + e / FOURS;
      if (e < PART * FOURS && i < WIDTH) {
        if (i < K) {
          state[part * STATE_SHARE + j] = before(state_load4(kept + i * p.V), 0u, columns);
        }
        S[part * PART * FOURS + e] = vec4<f16>(SHRINK * state[part * STATE_SHARE + j]);
      }
    }
  }

  var reads: array<vec4u, PARTS * READ_SHARE>;
  var writes: array<vec4u, PARTS * WRITE_SHARE>;
  var value: array<values_FOUR, VALUE_SHARE>;
  var gate: array<f32, PARTS * STATE_SHARE>; // of G_end
  var given: array<states_FOUR, PARTS * STATE_SHARE>;
  for (var step = 0u; step <= chunks; step++) {
    let is_there = step > 0u;
    let is_next = step < chunks;
    let here = place_of(span, select(step - 1u, chunks - step, BACKWARD), head);
    let next = place_of(span, select(step, chunks - 1u - step, BACKWARD), head);

    var read = Sum();
    // unroll
    for (var part = 0u; part < PARTS; part++) {
      if (is_there) {
        // unroll
        for (var j = 0u; j < READ_SHARE; j++) {
          let e = thread + THREADS * j;
          if (e < READS * LINE) {
            put_eight(e, reads[part * READ_SHARE + j]);
          }
        }
      }
      if (is_next) {
        // unroll
        for (var j = 0u; j < READ_SHARE; j++) {
          let e = min(thread + THREADS * j, READS * LINE - 1u);
          let channel = min(part * PART + 8u * (e % LINE), WIDTH - 8u);
          reads[part * READ_SHARE + j] = A[((next.index * READS + e / LINE) * WIDTH + channel) / 8u];
        }
      }
      if (is_there) {
        workgroupBarrier();
        // unroll
        for (var k = 0u; k < SLICE; k++) {
          let at = slice * SLICE + k;
          if (at < PART / 16u && part * PART + 16u * at < WIDTH) {
            let left = subgroupMatrixLoad<Left, row_major>(&rows, read_tile * PITCH + 4u * at, PITCH);
            let right = subgroupMatrixLoad<Right, row_major>(&S, (part * PART + 16u * at) * FOURS, FOURS);
            read = subgroupMatrixMultiplyAccumulate(left, right, read);
          }
        }
        if (part == PARTS - 1u) {
          subgroupMatrixStore<row_major>(&sums, (slice * READS + read_tile) * FOURS, read, FOURS);
        }
        workgroupBarrier();
      }
    }

    if (is_there) {
      // unroll
      for (var part = 0u; part < PARTS; part++) {
        // unroll
        for (var j = 0u; j < STATE_SHARE; j++) {
          let e = thread + THREADS * j;
          let i = part * PART + e / FOURS;
          if (e < PART * FOURS && i < K && columns > 0u) {
            states_put4(state_index(here.index, i, own), columns, state[part * STATE_SHARE + j]);
          }
        }
      }
      // unroll
      for (var j = 0u; j < VALUE_SHARE; j++) {
        let place = (thread + THREADS * j) / FOURS;
        if (place < PLACES) {
          let w = write_at(place);
          var written = vec4f();
          if (w < here.chunk.writes && columns > 0u) {
            written = values_of4(value[j]);
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
    }
    if (is_next) {
      // unroll
      for (var j = 0u; j < VALUE_SHARE; j++) {
        let w = write_at(min((thread + THREADS * j) / FOURS, PLACES - 1u));
        value[j] = values_load4(value_index(next.chunk, min(w, next.chunk.writes - 1u), own));
      }
    }

    // unroll
    for (var part = 0u; part < PARTS; part++) {
      if (is_there) {
        // unroll
        for (var j = 0u; j < WRITE_SHARE; j++) {
          let e = thread + THREADS * j;
          if (e < WRITES * LINE) {
            put_eight(e, writes[part * WRITE_SHARE + j]);
          }
        }
      }
      if (is_next) {
        // unroll
        for (var j = 0u; j < WRITE_SHARE; j++) {
          let e = min(thread + THREADS * j, WRITES * LINE - 1u);
          let channel = min(part * PART + 8u * (e % LINE), WIDTH - 8u);
          writes[part * WRITE_SHARE + j] = B[((next.index * WRITES + e / LINE) * WIDTH + channel) / 8u];
        }
      }
      if (is_there) {
        workgroupBarrier();
        if (subgroup < PART / 16u) {
          var added = Sum();
          // unroll
          for (var d = 0u; d < DEEP; d++) {
            let left = subgroupMatrixLoad<Left, col_major>(&rows, 16u * d * PITCH + 4u * subgroup, PITCH);
            let right = subgroupMatrixLoad<Right, row_major>(&y, 16u * d * FOURS, FOURS);
            added = subgroupMatrixMultiplyAccumulate(left, right, added);
          }
          subgroupMatrixStore<row_major>(&sums, subgroup * 16u * FOURS, added, FOURS);
        }
        workgroupBarrier();
        // unroll
        for (var j = 0u; j < STATE_SHARE; j++) {
          let e = thread + THREADS * j;
          let i = part * PART + e / FOURS;
          if (e < PART * FOURS && i < WIDTH) {
            let fade = exp(gate_of(gate[part * STATE_SHARE + j], here.chunk.tokens));
            var next_state = state[part * STATE_SHARE + j] * fade + sums4(e / FOURS, four);
            if (BACKWARD && i < K) { next_state += states_of4(given[part * STATE_SHARE + j]); }
            state[part * STATE_SHARE + j] = next_state;
            S[part * PART * FOURS + e] = vec4<f16>(SHRINK * next_state);
          }
        }
      }
      if (is_next) {
        // unroll
        for (var j = 0u; j < STATE_SHARE; j++) {
          let i = part * PART + (thread + THREADS * j) / FOURS;
          gate[part * STATE_SHARE + j] = gate_load(next.chunk, next.chunk.tokens, select(0u, min(i, K - 1u), BY_KEY));
          if (BACKWARD) {
            given[part * STATE_SHARE + j] = states_load4(state_index(next.index, min(i, K - 1u), own));
          }
        }
      }
    }
  }
  // unroll
  for (var part = 0u; part < PARTS; part++) {
    // unroll
    for (var j = 0u; j < STATE_SHARE; j++) {
      let e = thread + THREADS * j;
      let i = part * PART + e / FOURS;
      if (e < PART * FOURS && i < K) {
        state_store4(kept + i * p.V, columns, state[part * STATE_SHARE + j]);
      }
    }
  }
}
