export { type EmbedOptions, embed, type Pooling } from "./embed";
