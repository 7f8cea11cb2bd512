import { AbortedError, ShapeError, UnsupportedError } from "@webfla/ops";
import { BusyError } from "@webfla/zoo";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An answer that is no result, as OpenAI's clients read it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: ContentfulStatusCode,
    readonly type: string,
    message: string,
    readonly param: string | null = null,
  ) {
    super(message);
  }

  get body() {
    return { error: { message: this.message, type: this.type, param: this.param, code: null } };
  }
}

/** What any failure is to a client. */
export function apiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BusyError) return new ApiError(429, "rate_limit_error", message);
  if (error instanceof AbortedError) return new ApiError(503, "server_error", message);
  if (error instanceof ShapeError || error instanceof UnsupportedError)
    return new ApiError(400, "invalid_request_error", message);
  return new ApiError(500, "server_error", message);
}

export function answerError(context: Context, error: unknown): Response {
  const failure = apiError(error);
  if (failure.status === 429) context.header("Retry-After", "1");
  return context.json(failure.body, failure.status);
}
