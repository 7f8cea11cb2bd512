"""Times of calls and rates of the card."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

CALLS = 10


def events(call: Callable[[], object], count: int) -> list[float]:
    """Milliseconds between events before and after each call."""
    times = []
    for _ in range(count):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        call()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return times


def profiled(call: Callable[[], object]) -> dict[str, object]:
    """Milliseconds of all kernels of a call without the gaps between them, and how many there are."""
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as taken:
        for _ in range(CALLS):
            call()
        torch.cuda.synchronize()
    kernels = [
        e
        for e in taken.events()
        if e.device_type == DeviceType.CUDA and not getattr(e, "is_user_annotation", False)
    ]
    by_name: dict[str, float] = {}
    for e in kernels:
        by_name[e.name] = by_name.get(e.name, 0.0) + e.time_range.elapsed_us() / 1e3 / CALLS
    return {
        "gpuMs": sum(by_name.values()),
        "kernels": len(kernels) / CALLS,
        "stages": {name[:80]: round(ms, 5) for name, ms in sorted(by_name.items(), key=lambda x: -x[1])},
    }


def times(call: Callable[[], object]) -> dict[str, object]:
    """GPU time by the profiler and the median time of a call."""
    for _ in range(3):
        call()
    torch.cuda.synchronize()
    count = 50 if median(events(call, 5)) < 5 else 10
    return {"callMs": median(events(call, count)), **profiled(call)}


def rates() -> dict[str, object]:
    """Bytes read and written a second by a copy, and the rate of square matrix products."""
    x = torch.rand(2**28, device="cuda")
    y = torch.empty_like(x)
    y.copy_(x)
    copy = median(events(lambda: y.copy_(x), 20))
    # f32 is f32: no rounding of its operands
    torch.backends.cuda.matmul.allow_tf32 = False
    flops = {}
    for name, dtype, n in [("bf16", torch.bfloat16, 8192), ("f16", torch.float16, 8192), ("f32", torch.float32, 4096)]:
        a, b = (torch.rand(n, n, device="cuda").to(dtype) for _ in range(2))
        torch.matmul(a, b)
        flops[name] = 2 * n**3 / (median(events(lambda a=a, b=b: torch.matmul(a, b), 10)) / 1e3)
    return {"bytesPerSecond": 2 * x.nbytes / (copy / 1e3), "flopsPerSecond": flops}
