// Matrices of 16 × 16 shared by the 32 threads of a subgroup: each has a row of what is left, eight columns of what is right, and eight
// elements of a sum.
struct EmulatedLeft { row: array<f32, 16> }
struct EmulatedRight { columns: array<vec4f, 32> } // [k, 2 fours]
struct EmulatedSum { low: vec4f, high: vec4f }

var<private> emulated_thread: u32;
var<private> emulated_side: u32; // 16, which compilers must not know: they would write every loop out
var<private> emulated_nan: u32 = 0x7fc00000u;

fn emulated_start(thread: u32) {
  emulated_thread = thread % 32u;
  emulated_side = 16u + (thread >> 31u);
}

fn emulated_outside() -> f32 { return bitcast<f32>(emulated_nan); }
fn emulated_row() -> u32 { return emulated_thread % 16u; }
fn emulated_column() -> u32 { return emulated_thread / 16u * 8u; }

fn emulated_multiply(left: EmulatedLeft, right: EmulatedRight, sum: EmulatedSum) -> EmulatedSum {
  var l = left;
  var r = right;
  var result = sum;
  for (var k = 0u; k < emulated_side; k++) {
    result.low += l.row[k] * r.columns[2u * k];
    result.high += l.row[k] * r.columns[2u * k + 1u];
  }
  return result;
}

fn emulated_scale(sum: EmulatedSum, factor: f32) -> EmulatedSum {
  return EmulatedSum(sum.low * factor, sum.high * factor);
}
