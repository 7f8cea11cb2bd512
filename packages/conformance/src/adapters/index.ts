export { type BrowserPage, describeInBrowser, openBrowserPage } from "./browser";
export { type AdapterCase, forEachAdapter, withMatrixAdapter } from "./for-each-adapter";
export { type AdapterInfo, listAdapters } from "./list";
export { nullDevice, openAdapter, openMatrices } from "./open";
