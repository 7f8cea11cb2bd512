export { type Rwkv7ChannelMixOptions, rwkv7ChannelMix } from "./channel-mix";
export { type Rwkv7Options, rwkv7 } from "./layer";
