export interface LossScaleOptions {
  readonly initial?: number | undefined; // 2¹⁶
  /** Steps without an overflow after which the scale doubles. Default 2000. */
  readonly growthInterval?: number | undefined;
}

/** What gradients are multiplied by, so that small ones survive f16: halved when one overflows, doubled after a long time without (Micikevicius et al. 2018). */
export class LossScale {
  scale: number;
  /** Steps since the scale changed. */
  clean = 0;
  readonly #growthInterval: number;

  constructor({ initial = 2 ** 16, growthInterval = 2000 }: LossScaleOptions = {}) {
    this.scale = initial;
    this.#growthInterval = growthInterval;
  }

  /** Learns how a step went; it may be told a step late. */
  observe(finite: boolean): void {
    this.clean = finite ? this.clean + 1 : 0;
    if (!finite) this.scale /= 2;
    else if (this.clean === this.#growthInterval) {
      this.scale *= 2;
      this.clean = 0;
    }
  }
}
