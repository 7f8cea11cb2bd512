export { type CacheFolders, fileCache, hubCacheFolder } from "./cache";
export { type CheckpointDirectory, directoryFiles, openDirectory } from "./directory";
export { locate } from "./locate";
export { directoryWriter } from "./writer";
