// W, by which the writes of an erase read the state at their chunk's start
const STATE_READS_BINDING = 1;
@group(0) @binding(STATE_READS_BINDING) var<storage, read> state_reads: array<f32>; // [rows, HV, K]
