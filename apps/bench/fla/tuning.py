"""Which configurations Triton's autotuner tries, so that a time budget holds and nothing is compiled twice."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import torch
from triton.runtime.autotuner import Autotuner

every_configuration = Autotuner.prune_configs
seen: dict[int, Autotuner] = {}


def unlikely(config) -> float:
    """How far a configuration is from four warps, three stages and tiles of 64."""
    tiles = [x for x in config.kwargs.values() if isinstance(x, int) and not isinstance(x, bool) and x > 1]
    return (
        abs(math.log2(config.num_warps) - 2)
        + abs(config.num_stages - 3)
        + sum(abs(math.log2(x) - 6) for x in tiles) / max(1, len(tiles))
    )


def forget() -> None:
    """The next call tunes anew: a shape's choice is its own."""
    for tuner in seen.values():
        tuner.cache.clear()


class Compiling:
    """Runs each configuration once, likely ones first, until a deadline, and notes which ran."""

    shares = (1, 4, 10, 10_000)

    def __init__(self, notes: Path, deadline: float) -> None:
        self.notes = notes
        self.deadline = deadline
        self.upto = self.shares[0]
        self.ran: dict[str, set[str]] = {}
        self.known: dict[str, int] = {}
        Autotuner.prune_configs = self.choose
        Autotuner._bench = self.once
        # what is written in place of a time is not to be found again
        Autotuner.check_disk_cache = lambda _tuner, _key, _configs, bench: bench()

    @property
    def choose(self):
        def choose(tuner: Autotuner, given) -> list:
            seen[id(tuner)] = tuner
            name = tuner.base_fn.__name__
            configs = sorted(every_configuration(tuner, given), key=unlikely)
            self.known[name] = max(self.known.get(name, 0), len(configs))
            # what ran before has no more to give, but one is needed to go on
            fresh = [c for c in configs[: self.upto] if str(c) not in self.ran.setdefault(name, set())]
            return fresh or configs[:1]

        return choose

    @property
    def once(self):
        def once(tuner: Autotuner, *args, config, **meta) -> list[float]:
            name = tuner.base_fn.__name__
            done = self.ran[name]
            if str(config) in done:
                return [1.0] * 3
            if done and time.time() > self.deadline:
                return [math.inf] * 3
            full = {**tuner.nargs, **meta, **config.all_kwargs()}
            try:
                tuner.pre_hook(full)
                tuner.fn.run(*args, **meta, **config.all_kwargs())
                tuner.post_hook(full, exception=None)
                torch.cuda.synchronize()
            except Exception:  # noqa: BLE001: a configuration that this card refuses is none
                tuner.post_hook(full, exception=None)
                return [math.inf] * 3
            done.add(str(config))
            self.write()
            return [1.0] * 3

        return once

    def rounds(self, calls) -> None:
        for self.upto in self.shares:
            forget()
            for call in calls:
                call()
            if time.time() > self.deadline:
                break

    def write(self) -> None:
        rows = {name: {"ran": sorted(done), "of": self.known[name]} for name, done in self.ran.items()}
        self.notes.write_text(json.dumps(rows))


class Choosing:
    """Times the configurations that were compiled, on a card that does nothing else."""

    def __init__(self) -> None:
        self.notes: dict[str, dict] = {}
        self.tried: dict[str, tuple[int, int]] = {}
        Autotuner.prune_configs = self.choose
        Autotuner.do_bench = staticmethod(quick)
        Autotuner.check_disk_cache = lambda _tuner, _key, _configs, bench: bench()

    def begin(self, notes: Path) -> None:
        forget()
        self.notes = json.loads(notes.read_text()) if notes.exists() else {}
        self.tried = {}

    @property
    def choose(self):
        def choose(tuner: Autotuner, given) -> list:
            seen[id(tuner)] = tuner
            name = tuner.base_fn.__name__
            configs = sorted(every_configuration(tuner, given), key=unlikely)
            ran = set(self.notes.get(name, {}).get("ran", ()))
            chosen = [c for c in configs if str(c) in ran] or configs[:1]
            self.tried[name] = (len(chosen), len(configs))
            return chosen

        return choose

    def told(self) -> dict[str, int]:
        """Configurations that were timed, among those that FLA lists."""
        tried, listed = (sum(x) for x in zip(*self.tried.values())) if self.tried else (0, 0)
        return {"tried": tried, "listed": listed}


def quick(call, quantiles=None) -> list[float]:
    """The least of some runs in milliseconds: enough to tell configurations apart."""
    call()
    times = []
    for _ in range(8):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        call()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return [min(times)] * len(quantiles or (0.5,))
