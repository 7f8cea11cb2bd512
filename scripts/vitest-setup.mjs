// Runs in every test process before its tests: Dawn finds the software adapters however vitest was started.
import { provide } from "./adapters.mjs";

provide();
