// Matrices of 16 × 16 shared by the 32 threads of a subgroup: each has a row of what is left, eight columns of what is right, and eight
// elements of a sum. Pointers, for a copy is as many instructions as it has elements.
struct EmulatedLeft { part: array<f32, 16> } // [k]
struct EmulatedRight { part: array<f32, 128> } // [k, n]
struct EmulatedSum { part: array<f32, 8> } // [n]

var<private> emulated_thread: u32;
var<private> emulated_eight: u32; // 8, which compilers must not know, or they would write every loop out
var<private> emulated_nan: u32 = 0x7fc00000u;

fn emulated_start(thread: u32) {
  emulated_thread = thread % 32u;
  emulated_eight = 8u + (thread >> 31u);
}

fn emulated_outside() -> f32 { return bitcast<f32>(emulated_nan); }
fn emulated_row() -> u32 { return emulated_thread % 16u; }
fn emulated_column() -> u32 { return emulated_thread / 16u * 8u; }

fn emulated_multiply(
  left: ptr<function, EmulatedLeft>,
  right: ptr<function, EmulatedRight>,
  sum: ptr<function, EmulatedSum>,
) {
  for (var i = 0u; i < 16u * emulated_eight; i++) {
    (*sum).part[i % 8u] += (*left).part[i / 8u] * (*right).part[i];
  }
}

fn emulated_scale(sum: EmulatedSum, factor: f32) -> EmulatedSum {
  var result = sum;
  for (var n = 0u; n < emulated_eight; n++) { result.part[n] *= factor; }
  return result;
}
