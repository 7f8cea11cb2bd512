export { byteTokenizer } from "./byte";
export { applyChatTemplate, type ChatMessage, type ChatOptions, type ChatTemplate } from "./chat";
export { tokenizerFor } from "./choose";
export { type PretrainedTokenizerFiles, pretrainedTokenizer } from "./pretrained";
export type { EncodeOptions, TextStream, Tokenizer } from "./tokenizer";
