import { UnsupportedError } from "@webfla/ops";
import { CheckpointError, show } from "../errors";

interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly default?: number;
}

/** Keys that change nothing in a forward pass: training, kernels, bookkeeping. */
// biome-ignore format: a row a theme
const inert = new Set([
  "model_type", "architectures", "auto_map", "transformers_version", "torch_dtype", "dtype", "_name_or_path",
  "_attn_implementation", "_commit_hash", "name_or_path", "use_cache", "return_dict", "output_attentions",
  "output_hidden_states", "is_decoder", "is_encoder_decoder", "id2label", "label2id", "problem_type",
  "bos_token_id", "eos_token_id", "pad_token_id", "max_position_embeddings", "chunk_size_feed_forward",
  "attn_mode", "fuse_norm", "fuse_swiglu", "fuse_cross_entropy", "fuse_linear_cross_entropy", "use_l2warp",
  "initializer_range", "rescale_prenorm_residual", "elementwise_affine", "norm_first", "gradient_checkpointing",
  "a_log_init_lower", "correction_factor", "log_atk_scale_init",
]);

const float = (value: unknown): number =>
  typeof value === "number" ? value : Number((value as { __float__?: unknown } | null)?.__float__);

/** Reads a model's or a hybrid's configuration value by value: each checked, each named in its error, none overlooked. */
export class ConfigReader {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #read = new Set<string>();

  constructor(config: unknown, path = "config") {
    if (typeof config !== "object" || config === null || Array.isArray(config))
      throw new CheckpointError(
        `${path}: it must be an object, got ${show(config)}. Give the parsed config.json.`,
      );
    this.#values = config as Readonly<Record<string, unknown>>;
    this.#path = path;
  }

  integer(key: string, { min = 1, max = 2 ** 24, default: otherwise }: Range = {}): number {
    const value = this.#take(key) ?? otherwise;
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)
      return value as number;
    throw this.error(key, `an integer in ${min}..${max}`, value);
  }

  number(key: string, { min = 0, max = Number.MAX_VALUE, default: otherwise }: Range = {}): number {
    const value = this.#take(key) ?? otherwise;
    if (typeof value === "number" && value >= min && value <= max) return value;
    throw this.error(key, `a number in ${min}..${max}`, value);
  }

  boolean(key: string, otherwise: boolean): boolean {
    const value = this.#take(key) ?? otherwise;
    if (typeof value === "boolean") return value;
    throw this.error(key, "true or false", value);
  }

  oneOf<S extends string>(key: string, allowed: readonly S[], otherwise?: S): S {
    const value = this.#take(key) ?? otherwise;
    const found = allowed.find((s) => s === value);
    if (found !== undefined) return found;
    throw this.error(key, allowed.map((s) => `"${s}"`).join(" or "), value);
  }

  integers(key: string, { min = 0, max = 2 ** 24 }: Range = {}): readonly number[] {
    const value = this.#take(key);
    if (Array.isArray(value) && value.every((x) => Number.isInteger(x) && x >= min && x <= max)) return value;
    throw this.error(key, `a list of integers in ${min}..${max}`, value);
  }

  /** A list of strings, each one of those allowed; undefined where there is none. */
  strings(key: string, allowed: readonly string[]): readonly string[] | undefined {
    const value = this.#take(key);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((x) => allowed.includes(x))) return value;
    throw this.error(key, `a list of ${allowed.map((s) => `"${s}"`).join(" or ")}`, value);
  }

  /** One integer for each layer: a list of them, or one for all. */
  perLayer(key: string, layers: number, range: Range = {}): readonly number[] {
    if (!Array.isArray(this.#take(key))) return new Array<number>(layers).fill(this.integer(key, range));
    const values = this.integers(key, { min: range.min ?? 1, ...(range.max && { max: range.max }) });
    if (values.length === layers) return values;
    throw this.error(key, `a list of ${layers} integers, one for each layer`, values);
  }

  /** A lower and an upper bound, each a number or, as Hugging Face writes infinities, `{ "__float__": "Infinity" }`. */
  interval(key: string, otherwise: readonly [number, number]): readonly [number, number] {
    const value = this.#take(key) ?? otherwise;
    const bounds = Array.isArray(value) ? value.map(float) : [];
    const [least, most] = bounds;
    if (bounds.length === 2 && least! <= most!) return [least!, most!];
    throw this.error(key, "two numbers in ascending order", value);
  }

  /** Whether the value is this one. */
  is(key: string, value: string): boolean {
    return this.#take(key) === value;
  }

  /** Whether the value is a null that is written out. */
  isNull(key: string): boolean {
    return this.#take(key) === undefined && Object.hasOwn(this.#values, key);
  }

  /** Whether a value is there and not null. */
  has(key: string): boolean {
    return this.#take(key) != null;
  }

  /** Keys that change nothing in this model, whatever they hold. */
  ignore(...keys: readonly string[]): void {
    for (const key of keys) this.#read.add(key);
  }

  /** The objects under a key that holds nothing, one, or a list of them. */
  objects(key: string): readonly ConfigReader[] {
    const value = this.#take(key) ?? [];
    return [value].flat().map((entry) => new ConfigReader(entry, `${this.#path}.${key}`));
  }

  /** Throws UnsupportedError for a key that was not read and switches something on. */
  finish(): void {
    for (const [key, value] of Object.entries(this.#values))
      if (!this.#read.has(key) && !inert.has(key) && value !== null && value !== false)
        throw new UnsupportedError(
          `${this.#path}: every key must be one that this model knows, got ${show(key)}: ${show(value)}. Remove it if the model does not depend on it.`,
        );
  }

  error(key: string, must: string, value: unknown): CheckpointError {
    const got = value === undefined ? "nothing" : show(value);
    return new CheckpointError(
      `${this.#path}: ${key} must be ${must}, got ${got}. Correct the configuration.`,
    );
  }

  #take(key: string): unknown {
    this.#read.add(key);
    // a null stands for the default, as in Hugging Face's files
    return Object.hasOwn(this.#values, key) ? (this.#values[key] ?? undefined) : undefined;
  }
}
