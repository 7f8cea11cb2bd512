export { affine, binary, byFours, cast, constantOf, fill, unary, unaryKindsModule } from "./elementwise";
export { concat, copy, place, type Sides, type Stream, slice, stack, transpose } from "./layout";
export { biasSlot, matmul } from "./matmul";
export { norm, weightSlot } from "./norm";
export { argmax, crossEntropy, featureMap, gather, reduce, scatterAdd, softmax } from "./rows";
export { sample } from "./sample";
