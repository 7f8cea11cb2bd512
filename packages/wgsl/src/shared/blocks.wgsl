// Four numbers as 64 bits: whole numbers of 14 bits with one exponent, that of the largest, as f32 has it. So they take the place of four f16,
// reach as far as f32, and the largest keeps 13 bits. An exponent of 255, and so memory that nothing wrote, is NaN; what is infinite becomes it.
// Numbers turn whole, and back, by the bits of a sum with 2^23, where f32 is whole: conversions take four times as long.

fn pack_block(x: vec4f) -> vec2u {
  let bits = bitcast<vec4u>(x) & vec4u(0x7fffffffu);
  let largest = max(max(bits.x, bits.y), max(bits.z, bits.w)) >> 23u;
  // below the least whose scale is a number that is not denormal, all is 0
  let exponent = max(largest, 13u);
  let scale = bitcast<f32>((266u - min(exponent, 254u)) << 23u); // 2^(139 − exponent)
  // in two's complement, since 3 · 2^22 ends in zeros; 8192 alone has no place
  let m = bitcast<vec4u>(min(x * scale, vec4f(8191.0)) + vec4f(12582912.0)) & vec4u(0x3fffu);
  return vec2u(
    m.x | (m.y << 14u) | (exponent << 28u),
    m.z | (m.w << 14u) | ((exponent >> 4u) << 28u),
  );
}

fn unpack_block(b: vec2u) -> vec4f {
  let exponent = (b.x >> 28u) | ((b.y >> 28u) << 4u);
  // 2^(exponent − 139), or NaN
  let scale = bitcast<f32>(select((max(exponent, 13u) - 12u) << 23u, 0x7fc00000u, exponent == 255u));
  // 2^23 + 2^13 + m
  let m = (vec4u(b.x, b.x >> 14u, b.y, b.y >> 14u) & vec4u(0x3fffu)) ^ vec4u(0x4b002000u);
  return (bitcast<vec4f>(m) - vec4f(8396800.0)) * scale;
}
