declare module "virtual:documents" {
  const documents: readonly string[];
  export default documents;
}

declare module "virtual:checkpoint" {
  /** Where it lies, relative to the page, and the bytes of its weights. */
  const checkpoint: { readonly path: string; readonly bytes: number };
  export default checkpoint;
}
