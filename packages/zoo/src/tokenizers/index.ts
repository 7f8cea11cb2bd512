export { byteTokenizer } from "./byte";
export type { EncodeOptions, TextStream, Tokenizer } from "./tokenizer";
