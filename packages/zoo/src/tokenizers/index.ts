export { byteTokenizer } from "./byte";
export { applyChatTemplate } from "./chat";
export { byteTokenizerFiles, tokenizerFiles, tokenizerFor } from "./choose";
export { type PretrainedTokenizerFiles, pretrainedTokenizer } from "./pretrained";
export type {
  ChatMessage,
  ChatOptions,
  ChatTemplate,
  EncodeOptions,
  TextStream,
  Tokenizer,
} from "./tokenizer";
