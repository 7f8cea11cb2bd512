// Runs in every test process before its tests: Dawn finds the software adapters however vitest was started, and property
// tests draw the same cases every time, or those of WEBFLA_SEED=<a number>, or new ones with WEBFLA_SEED=random.
import fc from "fast-check";
import { provide } from "./adapters.mjs";
import { pausePolls } from "./dawn-polls.mjs";

provide();
pausePolls();

const seed = process.env.WEBFLA_SEED ?? "1";
if (seed !== "random") {
  if (!/^-?\d+$/.test(seed)) throw new Error(`WEBFLA_SEED must be an integer or "random", got ${seed}`);
  fc.configureGlobal({ seed: Number(seed) });
}
