export { checkTiles } from "./check-tiles";
export { HALF, launchProduct, operandModule, type ProductLaunch } from "./product";
export { type MatrixTile, type PlainTile, type Tiles, tiles } from "./tiles";
export { turns } from "./turns";
export { asBlocks, inFours, makeBlocks, operand, sink, view } from "./view";
