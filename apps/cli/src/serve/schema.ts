import type { Context } from "hono";
import * as v from "valibot";
import { ApiError } from "./api-error";

const text = v.string();
const tokens = v.array(v.pipe(v.number(), v.integer(), v.minValue(0)));
const count = (max: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(max));
/** A switch of OpenAI's interface that this server has no use for: only its neutral value is taken. */
const only = <const L extends string | number | boolean>(value: L) => v.nullish(v.literal(value));

const common = {
  model: text,
  temperature: v.nullish(v.pipe(v.number(), v.minValue(0), v.maxValue(2)), 1),
  top_p: v.nullish(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 1),
  /** Not OpenAI's, but what local servers take. */
  top_k: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  n: v.nullish(count(16), 1),
  seed: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
  stop: v.nullish(v.union([text, v.pipe(v.array(text), v.maxLength(16))])),
  stream: v.nullish(v.boolean(), false),
  stream_options: v.nullish(v.object({ include_usage: v.nullish(v.boolean()) })),
  presence_penalty: only(0),
  frequency_penalty: only(0),
  logit_bias: v.nullish(v.strictObject({})),
  user: v.nullish(text),
};

export const completionSchema = v.strictObject({
  ...common,
  prompt: v.union([text, v.array(text), tokens, v.array(tokens)]),
  max_tokens: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0)), 16),
  logprobs: v.nullish(v.union([v.literal(0), v.literal(1)])),
  echo: only(false),
  best_of: only(1),
  suffix: v.nullish(v.null()),
});

const part = v.object({ type: v.literal("text"), text });
export const chatSchema = v.strictObject({
  ...common,
  messages: v.pipe(
    v.array(
      v.object({
        role: v.picklist(["system", "developer", "user", "assistant"]),
        content: v.union([text, v.array(part)]),
      }),
    ),
    v.minLength(1),
  ),
  max_tokens: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
  max_completion_tokens: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0))),
  logprobs: v.nullish(v.boolean(), false),
  top_logprobs: only(0),
  response_format: v.nullish(v.object({ type: v.literal("text") })),
});

export const embeddingsSchema = v.strictObject({
  model: text,
  input: v.union([text, v.array(text), tokens, v.array(tokens)]),
  encoding_format: v.nullish(v.picklist(["float", "base64"]), "float"),
  dimensions: v.nullish(count(2 ** 20)),
  user: v.nullish(text),
});

/** The body of a request; an ApiError names the field that is at fault. */
export async function body<S extends v.GenericSchema>(
  context: Context,
  schema: S,
): Promise<v.InferOutput<S>> {
  const json = await context.req.json().catch(() => {
    throw new ApiError(400, "invalid_request_error", "The body must be JSON.");
  });
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const param = v.getDotPath(issue) ?? null;
  throw new ApiError(
    400,
    "invalid_request_error",
    param ? `${param}: ${issue.message}` : issue.message,
    param,
  );
}

/** One text or list of ids, or several of them. */
export type Inputs = v.InferOutput<typeof completionSchema>["prompt"];

/** Each input of a request that may hold one or several, texts or ids. */
export function eachInput(inputs: Inputs): readonly (string | readonly number[])[] {
  if (typeof inputs === "string") return [inputs];
  return inputs.every((x): x is number => typeof x === "number") && inputs.length > 0
    ? [inputs]
    : (inputs as string[]);
}
