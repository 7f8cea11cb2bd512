export { type CacheFolders, cachedSnapshot, fileCache, hubCacheFolder } from "./cache";
export { type CheckpointDirectory, directoryFiles, openDirectory } from "./directory";
export { type LocateOptions, locate } from "./locate";
export { type RunFolder, runFolder } from "./run-folder";
export { directoryWriter } from "./writer";
