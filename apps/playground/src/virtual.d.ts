declare module "virtual:documents" {
  const documents: readonly string[];
  export default documents;
}

declare module "virtual:checkpoint" {
  /** Where it lies, relative to the page, and the bytes of its weights. */
  const checkpoint: { readonly path: string; readonly bytes: number };
  export default checkpoint;
}

declare module "virtual:results" {
  /** Milliseconds of a call, and how many times those of what it is held against. */
  const results: readonly {
    readonly taken: string;
    readonly gpu: string;
    readonly cases: readonly {
      readonly law: string;
      /** S0: 8,192 tokens in one sequence. S3: 32,768 in 64 ragged ones. */
      readonly shape: "S0" | "S3";
      readonly ms: number;
      readonly ratio: number;
    }[];
  }[];
  export default results;
}
