import type { TextStream, Tokenizer } from "./tokenizer";

const BOS = 256;
const EOS = 257;

/** UTF-8 bytes are tokens 0..255, 256 opens a document, 257 ends it; ids from 256 have no text. */
export const byteTokenizer: Tokenizer & { readonly bos: number; readonly eos: number } = {
  vocabSize: 258,
  bos: BOS,
  eos: EOS,
  opensChats: true,
  encode: (text, { bos = true, eos = false } = {}) =>
    Int32Array.from([...(bos ? [BOS] : []), ...new TextEncoder().encode(text), ...(eos ? [EOS] : [])]),
  decode(tokens) {
    const text = stream();
    let whole = "";
    for (const token of tokens) whole += text.push(token);
    return whole + text.end();
  },
  stream,
};

function stream(): TextStream {
  const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    push: (token) => (token >= 0 && token < BOS ? utf8.decode(Uint8Array.of(token), { stream: true }) : ""),
    end: () => utf8.decode(),
  };
}
