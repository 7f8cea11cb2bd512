export { type HubOptions, hubFiles } from "./hub";
