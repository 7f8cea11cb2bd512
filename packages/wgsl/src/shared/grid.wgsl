// The index of a workgroup in a grid that the host spread over x and y, since an axis holds 65,535.
fn flat(wid: vec3u, nwg: vec3u) -> u32 {
  return wid.x + wid.y * nwg.x;
}
