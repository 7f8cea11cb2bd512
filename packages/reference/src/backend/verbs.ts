import type { Backend, Verb, VerbTable } from "@webfla/ops";
import type { CpuTensor } from "./memory";

/** Some of the backend's verbs. */
export type Verbs<V extends Verb> = Pick<Backend<CpuTensor>, V>;

/** Checked arguments of a verb. */
export type Args<V extends Verb> = VerbTable<CpuTensor>[V][0];
