// PNG files with a palette: a picture of a page has few colours that matter.
import { deflateSync, inflateSync } from "node:zlib";

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

function* chunks(png) {
  for (let at = signature.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    yield { type: png.toString("latin1", at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) };
    at += length + 12;
  }
}

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const crc = ~body.reduce((c, byte) => crcTable[(c ^ byte) & 255] ^ (c >>> 8), -1);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length);
  body.copy(out, 4);
  out.writeInt32BE(crc, out.length - 4);
  return out;
}

function paeth(a, b, c) {
  const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/** The pixels of an 8-bit picture, without its alpha. */
function decode(png) {
  const all = [...chunks(png)];
  const header = all.find(({ type }) => type === "IHDR").data;
  const [width, height, channels] = [header.readUInt32BE(0), header.readUInt32BE(4), header[9] === 6 ? 4 : 3];
  const raw = inflateSync(Buffer.concat(all.filter(({ type }) => type === "IDAT").map(({ data }) => data)));
  const stride = width * channels;
  const rows = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; i++) {
      const a = i >= channels ? rows[y * stride + i - channels] : 0;
      const b = y > 0 ? rows[(y - 1) * stride + i] : 0;
      const c = i >= channels && y > 0 ? rows[(y - 1) * stride + i - channels] : 0;
      const predicted = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];
      rows[y * stride + i] = raw[y * (stride + 1) + 1 + i] + predicted;
    }
  }
  const pixels = Array.from({ length: width * height }, (_, i) =>
    rows.subarray(i * channels, i * channels + 3),
  );
  return { width, height, pixels };
}

/** The same picture with the colours that it uses most, as many as a byte can name. */
export function shrink(png) {
  const { width, height, pixels } = decode(png);
  // steps of 8 that no eye sees between neighbours; the exact colour that is most frequent stands for each
  const coarse = (p) => ((p[0] >> 3) << 10) | ((p[1] >> 3) << 5) | (p[2] >> 3);
  const cells = new Map();
  for (const p of pixels) {
    const cell = cells.get(coarse(p)) ?? { count: 0, colours: new Map() };
    cell.count++;
    const colour = p.readUIntBE(0, 3);
    cell.colours.set(colour, (cell.colours.get(colour) ?? 0) + 1);
    cells.set(coarse(p), cell);
  }
  const palette = [...cells.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, 256)
    .map(({ colours }) => [...colours].reduce((best, one) => (one[1] > best[1] ? one : best))[0]);
  const parts = palette.map((c) => [c >> 16, (c >> 8) & 255, c & 255]);
  const nearest = new Map();
  const indexOf = (p) => {
    const key = coarse(p);
    if (!nearest.has(key)) {
      const far = parts.map(([r, g, b]) => (r - p[0]) ** 2 + (g - p[1]) ** 2 + (b - p[2]) ** 2);
      nearest.set(key, far.indexOf(Math.min(...far)));
    }
    return nearest.get(key);
  };
  const lines = Buffer.alloc((width + 1) * height);
  pixels.forEach((p, i) => {
    lines[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = indexOf(p);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(parts.flat())),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
