import { type Command, InvalidArgumentError, Option } from "commander";
import { type BackendChoice, backendChoices } from "./backend";
import { bundledCheckpoint } from "./checkpoint";

/** Options that every command has. */
export interface DeviceOptions {
  readonly backend: BackendChoice;
  readonly dtype: "f32" | "f16";
}

export interface ModelOptions extends DeviceOptions {
  readonly checkpoint: string;
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

export const withModel = (command: Command): Command =>
  withDevice(command)
    .addOption(
      new Option("--checkpoint <place>", "a directory, an address, or a Hugging Face repository").default(
        bundledCheckpoint(),
        "gdn-byte, which comes along",
      ),
    )
    .option("--json", "print machine-readable results");

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
