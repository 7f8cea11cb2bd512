import type { Device, Slot } from "../launch";
import type { Module } from "../runtime";
import text from "./turns.wgsl";

const turnsModule: Module = { path: "product/turns.wgsl", text };

/** `turns` of a loop, which compilers of software adapters leave a loop. */
export const turns = ({ info }: Pick<Device, "info">): Slot => ({
  module: turnsModule,
  params: { WRITE_OUT: !info.isFallback },
});
