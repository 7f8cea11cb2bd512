export { launchProduct, type ProductLaunch } from "./product";
export { type MatrixTile, type PlainTile, type Tiles, tiles } from "./tiles";
export { sink, view } from "./view";
