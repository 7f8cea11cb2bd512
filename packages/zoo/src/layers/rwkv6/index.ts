export { type Rwkv6ChannelMixOptions, rwkv6ChannelMix } from "./channel-mix";
export { type Rwkv6Options, rwkv6 } from "./layer";
