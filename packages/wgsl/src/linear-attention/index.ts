export { linearAttention } from "./linear-attention";
export { completePlan, type LinearAttentionPlan, type Plan, type PlanOptions } from "./plan";
export { type ChunkedWrites, chunkedWrites } from "./writes";
