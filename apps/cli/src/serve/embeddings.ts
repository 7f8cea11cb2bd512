import type { Context } from "hono";
import { ApiError } from "./api-error";
import { type Env, expectLength, expectModel, type Server } from "./completion";
import { body, eachInput, embeddingsSchema } from "./schema";

const base64 = (vector: Float32Array): string =>
  Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString("base64");

/** A vector for each input: /v1/embeddings. */
export async function embeddings(context: Context<Env>, server: Server): Promise<Response> {
  const { runner, metrics, closing } = server;
  const request = await body(context, embeddingsSchema);
  expectModel(server, request.model);
  const inputs = eachInput(request.input).map((input) =>
    expectLength(
      server,
      typeof input === "string" ? runner.tokenizer.encode(input) : Int32Array.from(input),
      "input",
    ),
  );
  const vectors = await runner.embed(inputs, AbortSignal.any([context.req.raw.signal, closing]));
  const dimensions = vectors[0]?.length ?? 0;
  if (request.dimensions && request.dimensions !== dimensions)
    throw new ApiError(
      400,
      "invalid_request_error",
      `dimensions: it must be ${dimensions}, the model's, got ${request.dimensions}.`,
      "dimensions",
    );
  const tokens = inputs.reduce((sum, x) => sum + x.length, 0);
  metrics.promptTokens.inc(tokens);
  context.set("usage", () => ({ prompt_tokens: tokens, completion_tokens: 0 }));
  return context.json({
    object: "list",
    model: runner.id,
    data: vectors.map((vector, index) => ({
      object: "embedding",
      index,
      embedding: request.encoding_format === "base64" ? base64(vector) : [...vector],
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  });
}
