import { DeviceLostError, DisposedError, OutOfMemoryError, ShaderError } from "@webfla/ops";
import { beforeEach, describe, expect, it } from "vitest";
import { Failures } from "./failures";
import { BufferPool } from "./pool";

class GPUOutOfMemoryError {
  message = "no room";
}
class GPUValidationError {
  message = "wrong";
}

/** A device that tells what it is told to. */
class FakeDevice {
  readonly limits = { maxBufferSize: 2 ** 30 };
  readonly destroyed: number[] = [];
  next: object | null = null;
  lose!: (info: { reason: string; message: string }) => void;
  uncaptured!: (event: { error: object }) => void;
  readonly lost = new Promise((resolve) => (this.lose = resolve));
  addEventListener(_: string, listener: (event: { error: object }) => void) {
    this.uncaptured = listener;
  }
  removeEventListener() {
    this.uncaptured = () => {};
  }
  pushErrorScope() {}
  async popErrorScope() {
    const error = this.next;
    this.next = null;
    return error;
  }
  createBuffer({ size }: { size: number }) {
    return { size, destroy: () => this.destroyed.push(size) };
  }
}

const later = <R>(value: R): Promise<R> => new Promise((resolve) => setTimeout(resolve, 1, value));

let device: FakeDevice;
let failures: Failures;
beforeEach(() => {
  device = new FakeDevice();
  failures = new Failures(device as unknown as GPUDevice, true);
});

describe("failures", () => {
  it("reach every wait that was under way, and none that began after the report", async () => {
    const [a, b] = [failures.mark(), failures.mark()];
    device.next = new GPUValidationError();
    failures.watch("verb", "validation", () => {});
    const waits = [failures.settle(a, () => later(1)), failures.settle(b, () => later(2))];
    for (const wait of waits) await expect(wait).rejects.toThrow(/^verb: .*got: wrong/);
    await expect(failures.settle(failures.mark(), () => later(3))).resolves.toBe(3);
  });

  it("are told rather than what they made the work throw", async () => {
    failures.add(new ShaderError("the cause"));
    const wait = failures.settle(failures.mark(), () => Promise.reject(new Error("the effect")));
    await expect(wait).rejects.toThrow("the cause");
    await expect(failures.settle(failures.mark(), () => Promise.reject(new Error("alone")))).rejects.toThrow(
      "alone",
    );
  });

  it("that nobody captured are told at the next wait", async () => {
    device.uncaptured({ error: new GPUValidationError() });
    await expect(failures.settle(failures.mark(), () => later(1))).rejects.toThrow(ShaderError);
  });

  it("end with the device: pending waits, even those that would never return, and all later calls", async () => {
    const wait = failures.settle(failures.mark(), () => new Promise(() => {}));
    device.lose({ reason: "unknown", message: "gone" });
    await expect(wait).rejects.toThrow(DeviceLostError);
    await expect(wait).rejects.toThrow(/lost \(unknown\): gone/);
    expect(() => failures.expectOpen()).toThrow(DeviceLostError);
  });

  it("wait for the loss that a broken promise announces", async () => {
    const wait = failures.settle(failures.mark(), () => Promise.reject(new Error("map failed")));
    setTimeout(() => device.lose({ reason: "unknown", message: "gone" }), 5);
    await expect(wait).rejects.toThrow(DeviceLostError);
  });

  it("are DisposedError once closed, and the loss that follows changes nothing", async () => {
    failures.close();
    device.lose({ reason: "destroyed", message: "" });
    await later(0);
    expect(() => failures.expectOpen()).toThrow(DisposedError);
  });
});

describe("the pool", () => {
  const progress = { recorded: 0, submitted: 0 };
  let pool: BufferPool;
  beforeEach(() => {
    Object.assign(progress, { recorded: 0, submitted: 0 });
    pool = new BufferPool(failures, 0, progress, 1024);
  });

  it("gives the host only buffers whose last use is submitted, and commands any", () => {
    const a = pool.acquire(512);
    progress.recorded = 3;
    pool.release(a);
    expect(pool.acquire(512, { now: true })).not.toBe(a);
    expect(pool.acquire(300)).toBe(a);
    pool.release(a);
    progress.submitted = 3;
    expect(pool.acquire(512, { now: true })).toBe(a);
  });

  it("keeps few bytes, but destroys nothing that is still to be submitted", () => {
    const buffers = [512, 1024, 2048].map((n) => pool.acquire(n));
    progress.recorded = 1;
    for (const b of buffers) pool.release(b);
    expect([pool.bytesPooled, pool.bytesLive, pool.peakBytes]).toEqual([3584, 0, 3584]);
    expect(device.destroyed).toEqual([]);
    progress.submitted = 1;
    pool.trim(1024);
    expect(device.destroyed).toEqual([2048, 1024]);
    expect(pool.bytesPooled).toBe(512);
    pool.trim();
    expect([pool.bytesPooled, pool.buffersLive]).toEqual([0, 0]);
  });

  it("forgets a buffer that got no memory and makes room", async () => {
    pool.release(pool.acquire(256));
    device.next = new GPUOutOfMemoryError();
    const mark = failures.mark();
    const broken = pool.acquire(1000);
    await expect(failures.settle(mark, () => later(1))).rejects.toThrow(OutOfMemoryError);
    expect(device.destroyed).toEqual([256]);
    expect([pool.bytesLive, pool.buffersLive]).toEqual([0, 0]);
    pool.release(broken);
    expect(pool.acquire(1000)).not.toBe(broken);
  });

  it("refuses at once what no buffer can hold", () => {
    expect(() => pool.acquire(2 ** 30 + 4)).toThrow(OutOfMemoryError);
    expect(pool.acquire(2 ** 30 - 4).size).toBe(2 ** 30);
  });
});
