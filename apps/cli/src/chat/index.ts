import { createInterface } from "node:readline";
import { type Tensor, UnsupportedError, WebflaError } from "@webfla/ops";
import { Engine } from "@webfla/zoo";
import type { Command } from "commander";
import { type Opened, withBackend } from "../backend";
import { loadText } from "../checkpoint";
import { type CheckpointOptions, type SamplingOptions, withCheckpoint, withSampling } from "../options";
import { bold, cyan, dim, red } from "../terminal/paint";
import { Conversation, plainTemplate } from "./conversation";
import { loadConversation, saveConversation } from "./state-file";

interface ChatOptions extends CheckpointOptions, SamplingOptions {
  readonly chatTemplate?: string;
  readonly plain?: true;
  readonly system?: string;
}

const help = "/reset forgets all, /save FILE keeps the state, /load FILE goes on from it, /quit ends";

async function chatOn<T extends Tensor>(backend: Opened<T>, options: ChatOptions): Promise<void> {
  const { plain = false, system, maxNewTokens, temperature, topK, topP, seed, stop } = options;
  const { model, tokenizer, stopTokens, name } = await loadText(backend, options);
  if (!plain && !tokenizer.chat)
    throw new UnsupportedError(
      `chat: ${name} must have a chat template, got none. Give one as --chat-template, or take turns at one text with --plain.`,
    );
  const speaking = plain ? { ...tokenizer, chat: plainTemplate, opensChats: true } : tokenizer;
  const engine = new Engine(model, { tokenizer });
  const sampling = { maxNewTokens, temperature, topK, topP, seed, stop };
  const conversation = new Conversation(engine, { tokenizer: speaking, stopTokens, sampling, system });
  const commands: Readonly<Record<string, (argument: string) => unknown>> = {
    "/reset": () => conversation.reset(),
    "/save": (path) => saveConversation(conversation, path),
    "/load": (path) => loadConversation(conversation, model, path),
  };
  const interactive = process.stdin.isTTY && process.stdout.isTTY;
  let answering: AbortController | undefined;
  const answer = async (content: string): Promise<void> => {
    answering = new AbortController();
    try {
      for await (const text of conversation.say(content, answering.signal)) process.stdout.write(text);
    } finally {
      process.stdout.write("\n");
      answering = undefined;
    }
  };
  const take = async (line: string): Promise<void> => {
    const [, command, argument = ""] = /^(\/\w+)(?:\s+(.*\S))?\s*$/.exec(line) ?? [];
    if (command === undefined) return line.trim() ? answer(line) : undefined;
    const run = commands[command];
    if (!run) throw new WebflaError(`chat: ${command} must be a command, got none of that name: ${help}.`);
    await run(argument);
    if (interactive) console.log(dim(`${command} done`));
  };

  const input = createInterface({
    input: process.stdin,
    ...(interactive && { output: process.stdout, prompt: bold(cyan("> ")) }),
  });
  // the first Ctrl-C ends an answer, and one where none is given ends the conversation
  input.on("SIGINT", () => (answering ? answering.abort() : input.close()));
  if (interactive) console.log(dim(`${name} on ${backend.name}. ${help}; Ctrl-C ends an answer.`));
  try {
    if (interactive) input.prompt();
    for await (const line of input) {
      if (/^\/quit\s*$/.test(line)) break;
      await take(line).catch((error) => {
        if (!interactive || !(error instanceof WebflaError)) throw error;
        console.log(red(error.message));
      });
      if (interactive) input.prompt();
    }
  } finally {
    input.close();
    conversation.reset();
    engine.dispose();
  }
}

export const addChat = (program: Command): void => {
  const command = program
    .command("chat")
    .description("talk with a model; its state is carried, so that a turn reads no more than what is new")
    .option("--chat-template <file>", "Jinja, in place of the checkpoint's own template")
    .option("--plain", "no template: you and the model take turns at one text")
    .option("--system <text>", "what is said before all else")
    .addHelpText("after", `\n${help}. Where stdin is no terminal, each of its lines is a message.`);
  withSampling(withCheckpoint(command), 512).action((options: ChatOptions) =>
    withBackend(options.backend, (backend) => chatOn(backend, options)),
  );
};
