#!/usr/bin/env node
import { AbortedError } from "@webfla/ops";
import { Command } from "commander";
import { addChat } from "./chat";
import { addDemo } from "./demo";
import { addEmbed } from "./embed";
import { addGenerate } from "./generate";
import { addGolden } from "./golden";
import { addInfo } from "./info";
import { addScore } from "./score";
import { addServe } from "./serve";
import { addTrain } from "./train";

/** Ends with one clear line; DEBUG=1 shows the stack. */
function fail(error: unknown): void {
  if (error instanceof AbortedError) {
    process.exitCode = 130;
    return;
  }
  if (process.env["DEBUG"]) console.error(error);
  else console.error(`webfla: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

const program = new Command("webfla")
  .description("flash-linear-attention for the web: ragged batches on WebGPU or the CPU")
  .showHelpAfterError("(--help shows what there is)");
const commands = [addDemo, addScore, addGenerate, addChat, addEmbed, addServe, addTrain, addInfo, addGolden];
for (const add of commands) add(program);
await program.parseAsync().catch(fail);
