import { DisposedError } from "@webfla/ops";
import { fromLengths } from "@webfla/varlen";
import { expect, test } from "vitest";
import { createCpu } from "../src/index";

test("memory counts live tensors, and bytes once however many views they have", () => {
  const ops = createCpu();
  const x = ops.full(1, [4, 5]);
  const view = ops.reshape(x, [20]);
  expect(ops.memory()).toEqual({ tensors: 2, bytes: 80, pooledBytes: 0, peakBytes: 80 });
  x.dispose();
  expect([...view.data]).toEqual(new Array(20).fill(1));
  expect(ops.memory()).toEqual({ tensors: 1, bytes: 80, pooledBytes: 0, peakBytes: 80 });
  view.dispose();
  view.dispose();
  expect(ops.memory()).toEqual({ tensors: 0, bytes: 0, pooledBytes: 80, peakBytes: 80 });
  ops.dispose();
  expect(ops.memory()).toEqual({ tensors: 0, bytes: 0, pooledBytes: 0, peakBytes: 80 });
});

test("a freed array is used again for a result of its size, and poisoned where asked", () => {
  const ops = createCpu({ poison: true });
  const x = ops.full(7, [3]);
  const { data } = x;
  x.dispose();
  const unwritten = ops.tensor(new Float32Array(3), [3]);
  expect(unwritten.data).toBe(data);
  expect(ops.memory().pooledBytes).toBe(0);
});

test("a read is a copy", async () => {
  const ops = createCpu();
  const x = ops.full(7, [1]);
  const read = await ops.read(x);
  x.dispose();
  ops.full(8, [1]);
  expect([...read]).toEqual([7]);
});

test("use after dispose throws", () => {
  const ops = createCpu();
  const x = ops.full(1, [2]);
  x.dispose();
  expect(() => ops.unary({ kind: "exp", x })).toThrow(DisposedError);
  expect(() => ops.read(x)).toThrow(DisposedError);
  expect(() => ops.reshape(x, [2])).toThrow(DisposedError);
});

test("a scope leaves nothing but what it returns", () => {
  const ops = createCpu();
  const varlen = fromLengths([3, 2]);
  const { o, finalState } = ops.scope(() => {
    const [q, v] = [ops.full(0.1, [5, 2, 4]), ops.full(0.2, [5, 2, 4])];
    return ops.linearAttention({
      q,
      k: ops.norm({ kind: "l2", x: q, eps: 1e-6 }),
      v,
      outputFinalState: true,
      varlen,
    });
  });
  expect(ops.memory().tensors).toBe(2);
  expect(o.disposed || finalState?.disposed).toBe(false);
});
