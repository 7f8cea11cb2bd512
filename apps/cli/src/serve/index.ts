import type { Tensor } from "@webfla/ops";
import { type Command, Option } from "commander";
import { type Opened, withBackend } from "../backend";
import { loadText } from "../checkpoint";
import { type CheckpointOptions, integer, number, withCheckpoint } from "../options";
import { count, plural } from "../terminal/format";
import { bold, dim } from "../terminal/paint";
import { EngineRunner } from "./engine-runner";
import { listen } from "./listen";
import { logLine } from "./log";

interface ServeOptions extends CheckpointOptions {
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly maxSequences: number;
  readonly maxQueued: number;
  readonly tokenBudget: number;
  readonly maxPromptTokens: number;
  readonly maxNewTokens: number;
  readonly chatTemplate?: string;
  readonly grace: number;
}

/** Resolves at the first SIGINT or SIGTERM; the second ends the process at once. */
function untilSignal(): Promise<void> {
  return new Promise((stop) => {
    let first = true;
    const codes = { SIGINT: 130, SIGTERM: 143 } as const;
    for (const [name, code] of Object.entries(codes))
      process.on(name, () => {
        if (!first) process.exit(code);
        first = false;
        stop();
      });
  });
}

async function serveOn<T extends Tensor>(backend: Opened<T>, options: ServeOptions): Promise<void> {
  const stopped = untilSignal();
  const loaded = await loadText(backend, options);
  const { host, port, apiKey } = options;
  const runner = new EngineRunner(loaded, options);
  try {
    const server = await listen(runner, {
      host,
      port,
      apiKey,
      promptTokens: options.maxPromptTokens,
      newTokens: options.maxNewTokens,
      // ids take at most so many characters, texts fewer a token
      bodyBytes: 2 ** 20 + 16 * options.maxPromptTokens,
      log: (entry) => console.log(logLine(entry)),
    });
    const place = backend.adapter ? `${backend.name}, ${backend.adapter.name}` : backend.name;
    const { model, tokenizer, name } = loaded;
    console.log(
      `${bold(name)} on ${place}: ${count(model.size.count)} parameters, ${plural(options.maxSequences, "sequence")} at once`,
    );
    if (!tokenizer.chat) console.log(dim("it has no chat template: /v1/chat/completions will refuse"));
    console.log(`listening on ${bold(`${server.url}/v1`)}`);
    try {
      await Promise.race([stopped, runner.failed]);
      console.log(`stopping: requests under way have ${plural(options.grace, "second")}`);
      await Promise.race([server.stop(options.grace * 1000), runner.failed]);
      await runner.close();
      console.log("stopped");
    } finally {
      await server.stop(0);
    }
  } finally {
    runner.dispose();
  }
}

export const addServe = (program: Command): void => {
  withCheckpoint(
    program
      .command("serve")
      .description("an HTTP server with OpenAI's interface: completions, chat, embeddings; Ctrl-C stops it"),
  )
    .option("--host <address>", "where to listen; 0.0.0.0 is every interface", "127.0.0.1")
    .option("--port <n>", "0 takes one that is free", integer(0), 8000)
    .addOption(new Option("--api-key <key>", "what clients must send as bearer token").env("WEBFLA_API_KEY"))
    .option("--max-sequences <n>", "texts that are written at once", integer(1), 32)
    .option("--max-queued <n>", "texts that may wait for a place; more are refused with 429", integer(0), 256)
    .option("--token-budget <n>", "most tokens of a forward pass", integer(1), 2048)
    .option("--max-prompt-tokens <n>", "most tokens of a prompt", integer(1), 32_768)
    .option("--max-new-tokens <n>", "most tokens that a request may ask for", integer(1), 4096)
    .option("--chat-template <file>", "Jinja, in place of the checkpoint's own template")
    .option(
      "--grace <seconds>",
      "what answers under way are given when the server stops",
      number("at least 0", (x) => x >= 0 && x < 1e6),
      10,
    )
    .action((options: ServeOptions) => withBackend(options.backend, (backend) => serveOn(backend, options)));
};
