// A key without a value: it takes a share of the softmax and gives nothing.
alias SINKS = f32; // storage of sink
const SINK = true;
const SINK_BINDING = 1;
@group(0) @binding(SINK_BINDING) var<storage, read> sink: array<SINKS>; // [HQ]

fn sink_at(head: u32) -> f32 {
  return f32(sink[head]);
}
