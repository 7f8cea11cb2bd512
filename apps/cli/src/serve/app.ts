import { createHash, timingSafeEqual } from "node:crypto";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { ApiError, answerError } from "./api-error";
import { answer, type Env, expectLength, expectModel, type Server } from "./completion";
import { embeddings } from "./embeddings";
import type { LogEntry } from "./log";
import { body, chatSchema, completionSchema, eachInput } from "./schema";
import { chatStyle, completionStyle } from "./styles";

export interface AppOptions extends Server {
  /** Most bytes of a request's body. */
  readonly bodyBytes: number;
  /** What a client must send as bearer token, where one is asked for. */
  readonly apiKey?: string | undefined;
  /** Told of every request that has ended. */
  readonly log?: ((entry: LogEntry) => void) | undefined;
}

/** Routes that figures are kept of one by one; what else clients think of is "other". */
const routes = new Set(["/v1/models", "/v1/completions", "/v1/chat/completions", "/v1/embeddings"]);

/** Whether two texts are the same, in a time that does not tell where they differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The routes of OpenAI's interface that a language model can serve, with health and metrics. */
export function createApp(options: AppOptions): Hono<Env> {
  const { runner, limits, metrics, closing, bodyBytes, apiKey, log } = options;
  const app = new Hono<Env>();
  const created = Math.floor(Date.now() / 1000);
  const model = { id: runner.id, object: "model", created, owned_by: "webfla" };

  app.onError((error, context) => answerError(context, error));
  app.notFound((context) =>
    answerError(
      context,
      new ApiError(
        404,
        "invalid_request_error",
        `There is no ${context.req.method} ${context.req.path} here.`,
      ),
    ),
  );
  app.use("/v1/*", async (context, next) => {
    const { method, path } = context.req;
    const route = routes.has(path) ? path : "other";
    const { outgoing } = context.env;
    const start = performance.now();
    // an answer that streams ends long after it has begun
    outgoing.once("close", () => {
      const ms = performance.now() - start;
      const { prompt_tokens = 0, completion_tokens = 0 } = context.get("usage")?.() ?? {};
      const left = !outgoing.writableFinished;
      metrics.duration.observe({ route }, ms / 1000);
      metrics.requests.inc({ route, status: left ? "left" : String(outgoing.statusCode) });
      log?.({
        method,
        path,
        status: outgoing.statusCode,
        left,
        ms,
        promptTokens: prompt_tokens,
        newTokens: completion_tokens,
      });
    });
    await next();
  });
  app.use("/v1/*", async (context, next) => {
    if (apiKey && !same(context.req.header("Authorization") ?? "", `Bearer ${apiKey}`))
      throw new ApiError(401, "authentication_error", "The API key is missing or wrong.");
    if (closing.aborted) throw new ApiError(503, "server_error", "The server is stopping.");
    await next();
  });
  app.use(
    "/v1/*",
    bodyLimit({
      maxSize: bodyBytes,
      onError: () => {
        throw new ApiError(413, "invalid_request_error", `The body must have at most ${bodyBytes} bytes.`);
      },
    }),
  );

  app.get("/health", (context) =>
    closing.aborted
      ? context.json({ status: "stopping" }, 503)
      : context.json({ status: "ok", ...runner.load() }),
  );
  app.get("/metrics", async (context) => {
    context.header("Content-Type", metrics.registry.contentType);
    return context.body(await metrics.registry.metrics());
  });
  app.get("/v1/models", (context) => context.json({ object: "list", data: [model] }));
  app.get("/v1/models/:id", (context) => {
    expectModel(options, context.req.param("id"));
    return context.json(model);
  });
  app.post("/v1/completions", async (context) => {
    const request = await body(context, completionSchema);
    expectModel(options, request.model);
    const prompts = eachInput(request.prompt).map((input) =>
      expectLength(
        options,
        typeof input === "string" ? runner.tokenizer.encode(input) : Int32Array.from(input),
        "prompt",
      ),
    );
    const style = completionStyle(runner, request.logprobs != null);
    return answer(context, options, style, prompts, request.max_tokens, request);
  });
  app.post("/v1/chat/completions", async (context) => {
    const request = await body(context, chatSchema);
    expectModel(options, request.model);
    const messages = request.messages.map(({ role, content }) => ({
      role,
      content: typeof content === "string" ? content : content.map((p) => p.text).join(""),
    }));
    const prompt = expectLength(options, runner.conversation(messages), "messages");
    const most = request.max_completion_tokens ?? request.max_tokens ?? limits.newTokens;
    return answer(context, options, chatStyle(runner, request.logprobs), [prompt], most, request);
  });
  app.post("/v1/embeddings", (context) => embeddings(context, options));
  return app;
}
