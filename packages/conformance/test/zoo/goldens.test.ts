import { fromCuSeqlens, unpack } from "@webfla/varlen";
import { generate, score } from "@webfla/zoo";
import { describe, expect, it } from "vitest";
import { checkpoints, expected, load, relativeError } from "./checkpoints";

describe.each(checkpoints)("%s gives what FLA gives", (name) => {
  it("packed logits", async () => {
    const [model, want] = await Promise.all([load(name), expected(name)]);
    const { logits } = model.forward({ tokens: want.tokens, varlen: fromCuSeqlens(want.cuSeqlens) });
    const error = relativeError(await model.ops.read(logits), want.logits);
    expect(error).toBeLessThan(1e-4);
  });

  it("loss", async () => {
    const [model, want] = await Promise.all([load(name), expected(name)]);
    const scores = await score(model, unpack(want.tokens, fromCuSeqlens(want.cuSeqlens)));
    const nats = scores.reduce((sum, s) => sum + s.nats, 0);
    const tokens = scores.reduce((sum, s) => sum + s.tokens, 0);
    expect(Math.abs(nats / tokens - want.loss)).toBeLessThan(1e-5);
  });

  it("greedy continuation", async () => {
    const [model, want] = await Promise.all([load(name), expected(name)]);
    const tokens: number[] = [];
    const args = { prompts: [want.prompt], maxNewTokens: want.generated.length, temperature: 0 };
    for await (const { token } of generate(model, args)) tokens.push(token);
    expect(tokens).toEqual([...want.generated]);
  });
});
