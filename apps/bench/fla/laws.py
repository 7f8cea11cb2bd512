"""The operators to time, their inputs and their shapes: those of the bench's own cases."""

from __future__ import annotations

import importlib
import json
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F

BF16 = torch.bfloat16


@dataclass(frozen=True)
class Shape:
    """Sequences of these lengths, H heads of width D = K = V."""

    lengths: tuple[int, ...]
    H: int
    D: int

    @property
    def tokens(self) -> int:
        return sum(self.lengths)

    def boundaries(self) -> dict[str, torch.Tensor]:
        """cu_seqlens where there are several sequences."""
        if len(self.lengths) == 1:
            return {}
        ends = torch.tensor([0, *self.lengths]).cumsum(0)
        return {"cu_seqlens": ends.to(device="cuda", dtype=torch.int64)}


documents = json.loads((Path(__file__).parent / "../src/cases/documents.json").read_text())
SHAPES = {
    "S1": Shape((8192,), 16, 128),
    "S2": Shape((257, 1243, 1, 2595, 4096), 16, 128),
    "S3": Shape(tuple(documents), 8, 64),
    "T=1 × 64": Shape((1,) * 64, 16, 128),
}

Tensors = dict[str, torch.Tensor]


def signed(*shape: int) -> torch.Tensor:
    """In (−1, 1)."""
    return 2 * torch.rand(*shape, device="cuda") - 1


def unit(*shape: int, factor: float = 1.0) -> torch.Tensor:
    """Rows of length `factor`."""
    return F.normalize(signed(*shape), dim=-1) * factor


def decay(*shape: int) -> torch.Tensor:
    """Logs of 0.9 to 1."""
    return (0.9 + 0.1 * torch.rand(*shape, device="cuda")).log()


def strength(*shape: int) -> torch.Tensor:
    return torch.rand(*shape, device="cuda")


def qkv(T: int, H: int, D: int) -> Tensors:
    return {"q": unit(1, T, H, D), "k": unit(1, T, H, D), "v": signed(1, T, H, D)}


def rwkv7(T: int, H: int, D: int) -> Tensors:
    x = qkv(T, H, D)
    return {
        "r": x["q"],
        "w": decay(1, T, H, D),
        "k": x["k"],
        "v": x["v"],
        "a": unit(1, T, H, D, factor=-1.0),
        "b": unit(1, T, H, D, factor=0.5),
    }


@dataclass(frozen=True)
class Law:
    """One of FLA's functions: the bench's name of it, where it is, and what it is given beside its inputs."""

    module: str
    function: str
    inputs: Callable[[int, int, int], Tensors]
    options: dict[str, object] = field(default_factory=dict)

    def load(self) -> Callable[..., tuple[torch.Tensor, ...]]:
        return getattr(importlib.import_module(f"fla.ops.{self.module}"), self.function)


def with_gates(scalar: bool, beta: bool) -> Callable[[int, int, int], Tensors]:
    def inputs(T: int, H: int, D: int) -> Tensors:
        g = decay(1, T, H) if scalar else decay(1, T, H, D)
        return {**qkv(T, H, D), "g": g, **({"beta": strength(1, T, H)} if beta else {})}

    return inputs


def with_beta(T: int, H: int, D: int) -> Tensors:
    return {**qkv(T, H, D), "beta": strength(1, T, H)}


gated = with_gates(scalar=True, beta=True)
# a gate that is known to be mild lets FLA multiply matrices where it would add up one by one
mild = {"safe_gate": True}

LAWS = {
    "retention": Law("retention", "chunk_retention", qkv),
    "simpleGla": Law("simple_gla", "chunk_simple_gla", with_gates(scalar=True, beta=False)),
    "gla": Law("gla", "chunk_gla", with_gates(scalar=False, beta=False)),
    "deltaRule": Law("delta_rule", "chunk_delta_rule", with_beta),
    "gatedDeltaRule": Law("gated_delta_rule", "chunk_gated_delta_rule", gated),
    "kda": Law("kda", "chunk_kda", with_gates(scalar=False, beta=True), {**mild, "lower_bound": -5}),
    "rwkv7": Law("rwkv7", "chunk_rwkv7", rwkv7, {**mild, "chunk_size": 64}),
}
DECODE = {
    "gatedDeltaRule": Law("gated_delta_rule", "fused_recurrent_gated_delta_rule", gated),
}


@dataclass(frozen=True)
class Task:
    """What is timed: a law at a shape, `forward`, `backward` (forward and back to every input) or `decode`."""

    law: str
    shape: str
    goes: str

    @property
    def op(self) -> Law:
        return (DECODE if self.goes == "decode" else LAWS)[self.law]


TASKS = [
    *(Task(law, shape, "forward") for law in LAWS for shape in ("S1", "S2", "S3")),
    *(Task(law, "T=1 × 64", "decode") for law in DECODE),
    *(Task(law, shape, "backward") for law in LAWS for shape in ("S1", "S2", "S3")),
]


def prepare(task: Task) -> Callable[[], object]:
    """A call of the task on inputs in bf16."""
    torch.manual_seed(1)
    shape = SHAPES[task.shape]
    function = task.op.load()
    inputs = {name: x.to(BF16) for name, x in task.op.inputs(shape.tokens, shape.H, shape.D).items()}
    options = {**task.op.options, **shape.boundaries()}
    if task.goes == "decode":
        state = signed(len(shape.lengths), shape.H, shape.D, shape.D)
        options = {**options, "initial_state": state, "output_final_state": True}
    if task.goes != "backward":
        return lambda: function(**inputs, **options)
    for x in inputs.values():
        x.requires_grad_()
    seed = signed(*inputs["v"].shape).to(BF16)
    return lambda: torch.autograd.grad(function(**inputs, **options)[0], list(inputs.values()), seed)


def provide_fla(folder: Path) -> None:
    """Makes `fla.ops.…` importable from a source tree without its layers and models, which need more packages."""
    for name, path in {"fla": folder, "fla.ops": folder / "ops", "fla.modules": folder / "modules"}.items():
        package = types.ModuleType(name)
        package.__path__ = [str(path)]
        package.__dict__["__version__"] = "source"
        sys.modules[name] = package
