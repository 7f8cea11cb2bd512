import { lanesFor, launch, launchElements, make, storage } from "../launch";
import { view } from "../product";
import { type GpuTensor, type Module, u32 } from "../runtime";
import { lanes } from "../shared";
import type { BonusArgs } from "./bonus";
import keysText from "./bonus_keys_grad.wgsl";
import productsText from "./bonus_products_grad.wgsl";
import valuesText from "./bonus_values_grad.wgsl";
import type { Frame } from "./frame";

const productsModule: Module = { path: "diagonal/bonus_products_grad.wgsl", text: productsText };
const keysModule: Module = { path: "diagonal/bonus_keys_grad.wgsl", text: keysText };
const valuesModule: Module = { path: "diagonal/bonus_values_grad.wgsl", text: valuesText };

/** Gradients to add to, by value head. */
export interface BonusGradients {
  readonly dq: GpuTensor; // [T, HV, K] f32
  readonly dk: GpuTensor; // [T · steps, HV, K] f32
  readonly dv: GpuTensor; // [T · steps, HV, V] f32
}

/** From the gradient of what the bonus adds to the output [T, HV, V]: adds to dq, dk and dv, and returns each token's part of du [T, HV, K]. */
export function bonusBack(
  { device, T, HV, K, V }: Frame,
  { q, k, v, u, steps }: BonusArgs,
  grad: GpuTensor,
  { dq, dk, dv }: BonusGradients,
): GpuTensor {
  const H = q.shape[1]!;
  const rows = T * steps;
  const products = make(device, [rows, HV, 2], "f32");
  launch(device, {
    main: productsModule,
    uses: [lanes],
    slots: [view("q", q), view("k", k), view("v", v), view("u", u), view("grad", grad)],
    params: { LANES: lanesFor(Math.max(K, V)) },
    uniforms: [rows * HV, steps, H, HV, K, V].map(u32),
    bindings: [products],
    workgroups: rows * HV,
  });
  const du = make(device, [T, HV, K], "f32");
  launchElements(device, du.size, {
    main: keysModule,
    params: storage({ Q: q, KEY: k, BONUS: u }),
    uniforms: [steps, H, HV, K].map(u32),
    bindings: [q, k, u, products, dq, dk, du],
  });
  launchElements(device, dv.size, {
    main: valuesModule,
    uniforms: [steps, HV, V].map(u32),
    bindings: [products, grad, dv],
  });
  products.dispose();
  return du;
}
