import type { Tensor } from "@webfla/ops";
import type { Model } from "../models/model";
import type { Gradients } from "./gradients";
import { orthogonal } from "./muon";

export interface OptimizerOptions {
  /** muon moves the matrices between embedding and head along an orthogonal matrix, and the rest by AdamW. Default "adamw". */
  readonly kind?: "adamw" | "muon" | undefined;
  readonly beta1?: number | undefined; // 0.9
  readonly beta2?: number | undefined; // 0.95
  readonly eps?: number | undefined; // 1e-8
  readonly weightDecay?: number | undefined; // 0.1
  /** Parameters that decay. Default `decays`. */
  readonly decays?: ((name: string) => boolean) | undefined;
  /** Of muon. Default 0.95. */
  readonly momentum?: number | undefined;
}

export interface StepArgs<T> {
  /** [1] f32 factor of the gradients; where it is not finite, AdamW changes nothing. */
  readonly gradScale: T;
  readonly lr: number;
  /** From 1. */
  readonly step: number;
}

/** Whether FLA's and Hugging Face's parameter groups decay a parameter: not biases, norms, nor the A and D of a recurrence. */
export const decays = (name: string): boolean =>
  !/(bias|A_log|\.D|log_atk_scale)(_atk)?$|norm(_f|\w*_gate)?\.weight$/.test(name);

type Settings = {
  readonly [P in Exclude<keyof OptimizerOptions, "kind">]-?: NonNullable<OptimizerOptions[P]>;
};

const isMatrix = (shape: readonly number[]): boolean => shape.length === 2;

/** Moves a model's parameters, outside of any scope; owns the moments and, for parameters stored as f16, their f32 masters. */
export class Optimizer<T extends Tensor> {
  readonly #model: Model<T>;
  readonly #options: Settings;
  readonly #byMuon: ReadonlySet<string>;
  /** By torch's names: exp_avg.<parameter>, exp_avg_sq.<parameter>, momentum_buffer.<parameter>, master.<parameter>. */
  readonly tensors: Gradients<T> = new Map();
  // freed together, or each step would shift tensors to their neighbours' buffers, and a device would meet new bindings for ever
  #old: T[] = [];

  constructor(
    model: Model<T>,
    {
      kind = "adamw",
      beta1 = 0.9,
      beta2 = 0.95,
      eps = 1e-8,
      weightDecay = 0.1,
      momentum = 0.95,
      ...options
    }: OptimizerOptions = {},
  ) {
    this.#model = model;
    this.#options = { beta1, beta2, eps, weightDecay, momentum, decays: options.decays ?? decays };
    const { embeddingName, headName } = model.architecture;
    const hidden = [...model.parameters].filter(
      ([name, { shape }]) => isMatrix(shape) && name !== embeddingName && name !== headName,
    );
    this.#byMuon = new Set(kind === "muon" ? hidden.map(([name]) => name) : []);
  }

  /** Moves the parameters that have a gradient. */
  step(gradients: Gradients<T>, args: StepArgs<T>): void {
    try {
      for (const [name, grad] of gradients) this.#move(name, grad, args);
    } finally {
      for (const x of this.#old) x.dispose();
      this.#old = [];
    }
  }

  #move(name: string, grad: T, args: StepArgs<T>): void {
    const { ops, parameters } = this.#model;
    const param = parameters.get(name)!;
    const halved = param.dtype !== "f32";
    const from = halved ? this.#tensor(`master.${name}`, () => ops.cast({ x: param, dtype: "f32" })) : param;
    const moved = this.#byMuon.has(name)
      ? this.#muon(name, from, grad, args)
      : this.#adamw(name, from, grad, args);
    if (halved) this.#set(`master.${name}`, moved);
    parameters.set(name, halved ? ops.cast({ x: moved, dtype: param.dtype }) : moved);
    this.#old.push(param);
  }

  /** Frees what it owns; the model stays. */
  dispose(): void {
    for (const x of this.tensors.values()) x.dispose();
    this.tensors.clear();
  }

  #adamw(name: string, param: T, grad: T, args: StepArgs<T>): T {
    const { ops } = this.#model;
    const { beta1, beta2, eps } = this.#options;
    const zeros = (): T => ops.full(0, param.shape);
    const next = ops.adamw({
      param,
      grad,
      m: this.#tensor(`exp_avg.${name}`, zeros),
      v: this.#tensor(`exp_avg_sq.${name}`, zeros),
      ...args,
      beta1,
      beta2,
      eps,
      weightDecay: this.#decayOf(name),
    });
    this.#set(`exp_avg.${name}`, next.m);
    this.#set(`exp_avg_sq.${name}`, next.v);
    return next.param;
  }

  /** Jordan et al. 2024; step size as Liu et al. 2025 (arXiv:2502.16982), so that AdamW's learning rate and decay fit. torch.optim.Muon. */
  #muon(name: string, param: T, grad: T, { gradScale, lr }: StepArgs<T>): T {
    const { ops } = this.#model;
    const { momentum } = this.#options;
    const buffer = this.#tensor(`momentum_buffer.${name}`, () => ops.full(0, param.shape));
    const mix = (a: T, b: T, share: number): T =>
      ops.binary({
        kind: "add",
        a: ops.affine({ x: a, scale: 1 - share }),
        b: ops.affine({ x: b, scale: share }),
      });
    const next = ops.scope(() => {
      const g = ops.binary({ kind: "mul", a: grad, b: gradScale });
      const mean = mix(g, buffer, momentum);
      const along = orthogonal(ops, mix(g, mean, momentum));
      const size = 0.2 * Math.sqrt(Math.max(...param.shape));
      const kept = ops.affine({ x: param, scale: 1 - lr * this.#decayOf(name) });
      return {
        mean,
        param: ops.binary({ kind: "add", a: kept, b: ops.affine({ x: along, scale: -lr * size }) }),
      };
    });
    this.#set(`momentum_buffer.${name}`, next.mean);
    return next.param;
  }

  #decayOf(name: string): number {
    return this.#options.decays(name) ? this.#options.weightDecay : 0;
  }

  #tensor(key: string, make: () => T): T {
    const known = this.tensors.get(key);
    if (known) return known;
    const made = make();
    this.tensors.set(key, made);
    return made;
  }

  #set(key: string, x: T): void {
    const before = this.tensors.get(key);
    if (before) this.#old.push(before);
    this.tensors.set(key, x);
  }
}
