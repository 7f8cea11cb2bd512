"""Times FLA's operators on this machine's card: `compile` first, many at once, then `time`, one by one.

    python3 main.py compile --fla SOURCE/fla --seconds 300
    python3 main.py time    --fla SOURCE/fla --seconds 240 --json fla.json
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve()
GRACE = 20


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("do", choices=["compile", "time", "compile-one", "time-some"])
    parser.add_argument("--fla", type=Path, required=True, help="the folder of FLA's python package")
    parser.add_argument("--cache", type=Path, default=Path("/tmp/fla-cache"))
    parser.add_argument("--seconds", type=float, default=240, help="of all; what is not done by then is left out")
    parser.add_argument("--each", type=float, default=60, help="most seconds of one measurement")
    parser.add_argument("--match", nargs="*", default=[], help="only tasks whose name holds one of these")
    parser.add_argument("--json", type=Path, help="written there as well")
    parser.add_argument("--deadline", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--task", nargs="*", type=int, default=[], help=argparse.SUPPRESS)
    return parser.parse_args()


def lift_refusal() -> None:
    """FLA refuses gated gradients on Hopper with some versions of Triton, for their results; their time is wanted."""
    import fla.ops.common.chunk_o as chunk_o

    chunk_o.TRITON_ABOVE_3_7_1 = True


def willing(prepare, task):
    """A call that FLA does not refuse, and what was done to have it."""
    call = prepare(task)
    try:
        call()
    except RuntimeError as error:
        if "incorrect results" not in str(error):
            raise
        lift_refusal()
        call()
        return call, "FLA refuses this gradient with this Triton; its check is lifted"
    return call, None


def name_of(task) -> str:
    return f"{task.law} {task.shape} {task.goes}"


def notes_of(args: argparse.Namespace, task) -> Path:
    return args.cache / f"{task.law}-{task.shape.split()[0]}.json"


def compile_one(args: argparse.Namespace) -> None:
    from laws import TASKS, prepare, provide_fla
    from tuning import Compiling

    provide_fla(args.fla)
    tasks = [TASKS[i] for i in args.task]
    compiling = Compiling(notes_of(args, tasks[0]), args.deadline)
    compiling.rounds([willing(prepare, task)[0] for task in tasks])


def time_some(args: argparse.Namespace) -> None:
    """Says what it begins and what it found, a line each: whoever started it may have to end it."""
    import torch
    from clock import rates, times
    from laws import TASKS, prepare, provide_fla
    from tuning import Choosing

    def say(**line: object) -> None:
        print("@" + json.dumps(line), flush=True)

    provide_fla(args.fla)
    choosing = Choosing()
    if not args.task:
        return say(rates=rates())
    for number in args.task:
        task = TASKS[number]
        say(begin=number)
        try:
            choosing.begin(notes_of(args, task))
            call, remark = willing(prepare, task)
            found = {**times(call), **choosing.told(), **({"remark": remark} if remark else {})}
            say(end=number, found=found)
        except Exception as error:  # noqa: BLE001: the next may go
            traceback.print_exc()
            say(end=number, reason=f"{type(error).__name__}: {str(error)[:200]}")
        torch.cuda.empty_cache()


def child(args: argparse.Namespace, do: str, tasks: list[int]) -> list[str]:
    line = [sys.executable, str(HERE), do, "--fla", str(args.fla), "--cache", str(args.cache)]
    line += ["--deadline", str(args.deadline), "--task", *map(str, tasks)]
    return line


def chosen(args: argparse.Namespace) -> list[int]:
    from laws import TASKS

    return [i for i, t in enumerate(TASKS) if not args.match or any(m in name_of(t) for m in args.match)]


def compile_all(args: argparse.Namespace) -> None:
    """A process for each law and shape, all at once: forward and gradient share kernels."""
    from laws import TASKS

    args.cache.mkdir(parents=True, exist_ok=True)
    groups: dict[Path, list[int]] = {}
    for i in chosen(args):
        groups.setdefault(notes_of(args, TASKS[i]), []).append(i)
    running = {
        notes: subprocess.Popen(child(args, "compile-one", tasks), stderr=open(notes.with_suffix(".log"), "wb"))
        for notes, tasks in groups.items()
    }
    while any(p.poll() is None for p in running.values()) and time.time() < args.deadline + GRACE:
        time.sleep(0.5)
    for notes, process in running.items():
        late = process.poll() is None
        process.kill()
        rows = json.loads(notes.read_text()).values() if notes.exists() else []
        ran, listed = sum(len(r["ran"]) for r in rows), sum(r["of"] for r in rows)
        said = notes.with_suffix(".log").read_text(errors="replace").strip().splitlines()[-1:]
        why = "; ended late" if late else f"; {said[0][:160]}" if process.returncode and said else ""
        print(f"{notes.stem}: {ran} of {listed} configurations{why}", flush=True)


def lines_of(process: subprocess.Popen) -> queue.Queue:
    lines: queue.Queue = queue.Queue()

    def read() -> None:
        for line in process.stdout:
            if line.startswith("@"):
                lines.put(json.loads(line[1:]))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    return lines


def time_all(args: argparse.Namespace) -> dict[int, dict]:
    """One process for all; one that dies or hangs gives way to another, which goes on after what it was at."""
    results: dict[int, dict] = {}
    left = chosen(args)
    while left:
        process = subprocess.Popen(child(args, "time-some", left), stdout=subprocess.PIPE, text=True)
        lines, at = lines_of(process), None
        while left:
            patience = min(args.each if at is not None else 90, args.deadline - time.time())
            try:
                line = lines.get(timeout=max(0.1, patience))
            except queue.Empty:
                line = None
            if line is None:
                break
            at = line.get("begin")
            if "end" in line:
                results[line["end"]] = line.get("found") or {"reason": line["reason"]}
                left.remove(line["end"])
        process.kill()
        process.wait()
        late = time.time() > args.deadline
        if left and (late or at is not None):
            lost = left if late else [at]
            for i in lost:
                results[i] = {"reason": "out of time" if late else f"its process ended or took over {args.each:.0f} s"}
            left = [i for i in left if i not in lost]
        elif left:
            raise RuntimeError("no measurement could begin: see the lines above")
    return results


def rates_of(args: argparse.Namespace) -> dict:
    out = subprocess.run(child(args, "time-some", []), stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    return json.loads(next(line for line in out.stdout.splitlines() if line.startswith("@"))[1:])["rates"]


def driver() -> str:
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def time_and_write(args: argparse.Namespace) -> None:
    import torch
    import triton
    from laws import TASKS

    results = {"rates": rates_of(args), "results": time_all(args)}
    rows = [
        {"law": t.law, "op": t.op.function, "shape": t.shape, "pass": t.goes, **results["results"][i]}
        for i, t in enumerate(TASKS)
        if i in results["results"]
    ]
    commit = args.fla / "COMMIT"
    written = {
        "taken": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "device": torch.cuda.get_device_name(0),
        "driver": driver(),
        "torch": torch.__version__,
        "triton": triton.__version__,
        "fla": commit.read_text().strip() if commit.exists() else "unknown",
        "dtype": "bf16",
        "rates": results["rates"],
        "rows": rows,
    }
    for row in rows:
        head = f"{row['op']:34} {row['shape']:9} {row['pass']:9}"
        if "reason" in row:
            print(f"{head} not measured: {row['reason']}")
        else:
            tuned = f"{row['tried']} of {row['listed']} configurations"
            print(f"{head} GPU {row['gpuMs']:.3f} ms ({row['kernels']:.0f} kernels)  call {row['callMs']:.3f} ms  {tuned}")
    flops = ", ".join(f"{k} {v / 1e12:.0f} TFLOP/s" for k, v in written["rates"]["flopsPerSecond"].items())
    print(f"{written['device']}: copy {written['rates']['bytesPerSecond'] / 1e12:.2f} TB/s, {flops}")
    if args.json:
        args.json.write_text(json.dumps(written, indent=1) + "\n")


def main() -> None:
    args = options()
    os.environ.setdefault("TRITON_CACHE_DIR", str(args.cache / "triton"))
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if args.deadline is None:
        args.deadline = time.time() + args.seconds
    {"compile": compile_all, "compile-one": compile_one, "time": time_and_write, "time-some": time_some}[args.do](args)


if __name__ == "__main__":
    main()
