export { checkTiles } from "./check-tiles";
export { launchProduct, type ProductLaunch } from "./product";
export { type MatrixTile, type PlainTile, type Tiles, tiles } from "./tiles";
export { turns } from "./turns";
export { asBlocks, inFours, makeBlocks, sink, view } from "./view";
