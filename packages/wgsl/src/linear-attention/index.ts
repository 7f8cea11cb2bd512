export { type LinearAttentionPlan, linearAttention } from "./linear-attention";
export { completePlan, type Plan, type PlanOptions } from "./plan";
export { type ChunkedWrites, chunkedWrites } from "./writes";
