/**
 * Uniform numbers in [0, 1) by sfc32 (Doty-Humphrey, PractRand): 96 bits of state and a counter, seeded with a whole
 * number below 2⁵³ and warmed up by 12 rounds.
 */
export function randomStream(seed: number): () => number {
  let [a, b, c, counter] = [0, seed | 0, Math.floor(seed / 2 ** 32) | 0, 1];
  const next = (): number => {
    const out = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + out) | 0;
    return (out >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 12; i++) next();
  return next;
}
