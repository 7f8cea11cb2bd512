export { type ChunkedWrites, chunkedWrites } from "./chunked";
export { type LinearAttentionPlan, linearAttention } from "./linear-attention";
export { completePlan, type Plan, type PlanOptions } from "./plan";
