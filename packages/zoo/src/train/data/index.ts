export { type BatchOptions, type DataPosition, type PackedBatch, packedBatches, START } from "./batches";
export { type Corpus, type DocumentSource, drawDocuments, excerpts } from "./corpus";
export { prefetch, type Waiting } from "./prefetch";
export { type TextFormat, textDocuments } from "./text";
