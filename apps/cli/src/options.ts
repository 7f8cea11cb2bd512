import { type Command, InvalidArgumentError, Option } from "commander";
import { type BackendChoice, backendChoices } from "./backend";
import { bundledCheckpoint } from "./checkpoint";

/** Options that every command has. */
export interface DeviceOptions {
  readonly backend: BackendChoice;
  readonly dtype: "f32" | "f16";
}

export interface CheckpointOptions extends DeviceOptions {
  readonly checkpoint: string;
}

export interface ModelOptions extends CheckpointOptions {
  readonly json?: true;
}

export const withBackendOption = (command: Command): Command =>
  command.addOption(
    new Option("--backend <name>", "what to run on; auto is WebGPU where a GPU is, else the CPU")
      .choices([...backendChoices])
      .default("auto"),
  );

export const withDevice = (command: Command): Command =>
  withBackendOption(command).addOption(
    new Option("--dtype <type>", "how tensors are stored; arithmetic is f32")
      .choices(["f32", "f16"])
      .default("f32"),
  );

export const withCheckpoint = (command: Command): Command =>
  withDevice(command).addOption(
    new Option("--checkpoint <place>", "a directory, an address, or a Hugging Face repository").default(
      bundledCheckpoint(),
      "gdn-byte, which comes along",
    ),
  );

export const withModel = (command: Command): Command =>
  withCheckpoint(command).option("--json", "print machine-readable results");

/** How tokens are chosen. */
export interface SamplingOptions {
  readonly maxNewTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly stop?: readonly string[];
}

export const withSampling = (command: Command, maxNewTokens: number): Command =>
  command
    .option("--max-new-tokens <n>", "most tokens to write", integer(0), maxNewTokens)
    .option(
      "--temperature <x>",
      "0 takes the likeliest token",
      number("at least 0", (x) => x >= 0 && x < Infinity),
      0.8,
    )
    .option("--top-k <n>", "keep the n likeliest tokens; 0 keeps all", integer(0), 0)
    .option(
      "--top-p <x>",
      "keep the likeliest tokens of this probability",
      number("in (0, 1]", (x) => x > 0 && x <= 1),
      1,
    )
    .option("--seed <n>", "seeds the stream of random numbers", integer(0), 0)
    .option("--stop <text>", "end before this text; repeat it for several", collect);

/** Gathers an option that may be repeated. */
export const collect = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

/** A parser of whole numbers from `min`. */
export const integer =
  (min: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < min)
      throw new InvalidArgumentError(`It must be a whole number from ${min}.`);
    return value;
  };

/** A parser of numbers that pass the test. */
export const number =
  (rule: string, good: (x: number) => boolean) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === "" || !good(value)) throw new InvalidArgumentError(`It must be ${rule}.`);
    return value;
  };
