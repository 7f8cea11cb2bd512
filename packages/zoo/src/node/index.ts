export { type CheckpointDirectory, openDirectory } from "./directory";
