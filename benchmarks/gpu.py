"""One training step: NumPy, PyTorch on the CPU, CUDA step by step, CUDA through the bridge.

    python benchmarks/gpu.py [SECONDS]

ReLU networks, cross-entropy, SGD, random data that lie where the step is computed, and whose rows it is told; one
thread on the CPU. The tiny network 784-256-128-10 goes over batches of 2^5 … 2^17, the large one, four layers of 4096,
has 8192 examples a batch and is for GPUs. What stands in a row does the same work from the same weights, and the
losses are compared. Beside the four columns, on CUDA: a graph captured by hand, as the documentation of PyTorch shows
it, and the matrix products of the step alone. The contenders of a row run in turns; every entry is the median over its
runs, three to nine, which together take about SECONDS. On the CPU it is CPU time, so that a neighbour on another core
costs little. Without CUDA its columns stay null. Writes results/gpu.json, but never without a GPU over figures that
one has given.
"""

import os

os.environ |= dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")

import json
import math
import platform
import statistics
import sys
import time
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import numpy as np
import torch

from nnlib import nn
from nnlib.torch_bridge import synchronize, to_torch, train
from nnlib.torch_bridge.graph import Captured

RESULTS = Path(__file__).parent / "results" / "gpu.json"
LR = 1e-3
TINY, LARGE = (784, 256, 128, 10), (4096,) * 5
BATCHES = [2**k for k in range(5, 18)]
ROWS = [(TINY, batch, "float32") for batch in BATCHES] + [(LARGE, 8192, "bf16"), (LARGE, 8192, "tf32")]
COLUMNS = ["numpy_ms", "torch_cpu_ms", "cuda_eager_ms", "cuda_bridge_ms", "cuda_graph_ms", "cuda_products_ms"]
# What we want on an H200: column, network, at most so many times as long as the other column.
GOALS = [("cuda_bridge_ms", TINY, 128, 1 / 6, "cuda_eager_ms"), ("cuda_bridge_ms", TINY, 128, 1.1, "cuda_graph_ms"),
         ("cuda_bridge_ms", LARGE, 8192, 1.03, "cuda_eager_ms"),
         ("cuda_bridge_ms", LARGE, 8192, 1.2, "cuda_products_ms")]


def network(sizes):
    return nn.MLP(sizes[0], sizes[1:], "relu", rng=np.random.default_rng(0), dtype=np.float32)


def data(sizes, batch):
    rng = np.random.default_rng(1)
    return rng.standard_normal((batch, sizes[0]), np.float32), rng.integers(0, sizes[-1], batch)


# Each contender: (sizes, batch, dtype) -> a function that makes one step and returns the loss, an array or a tensor.


def numpy_step(sizes, batch, dtype):
    net, loss, (X, y) = network(sizes), nn.CrossEntropy(), data(sizes, batch)
    optimizer, rows = nn.SGD(net.parameters(), LR), np.arange(batch)

    def step():
        optimizer.zero_grad()
        value = loss(net(X[rows]), y[rows])
        net.collect(loss.backward())
        optimizer.step()
        return value

    return step


def torch_step(sizes, batch, dtype, where):
    """Plain PyTorch, as a tutorial would write it, with its fused optimiser."""
    net = to_torch(network(sizes)).to(where)
    X, y = (torch.from_numpy(a).to(where) for a in data(sizes, batch))
    loss, optimizer = torch.nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), LR, fused=True)
    recipe = (lambda: torch.autocast("cuda", torch.bfloat16)) if dtype == "bf16" else nullcontext
    rows = torch.arange(batch, device=where)

    def step(rows=rows):
        optimizer.zero_grad()
        with recipe():
            value = loss(net(X[rows]), y[rows])
        value.backward()
        optimizer.step()
        return value.detach()

    return step


def graph_step(sizes, batch, dtype, where):
    """The same step, captured by hand: warm-up on a side stream, then record, then replay."""
    step, rows = torch_step(sizes, batch, dtype, where), torch.arange(batch, device=where)
    static = rows.clone()
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step(static)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        value = step(static)

    def replay():
        static.copy_(rows)  # the next batch, written where the graph reads
        graph.replay()
        return value

    return replay


def bridge_step(sizes, batch, dtype, where):
    """A step of nnlib.torch_bridge.train: its own Step, captured as train captures it, rows gathered from the data."""
    net = network(sizes)
    training = train(net, data(sizes, batch), nn.CrossEntropy(), nn.SGD(net.parameters(), LR), epochs=1,
                     batch_size=batch, rng=np.random.default_rng(2), device=where, precision=dtype)
    step = training.loop.step
    rows = torch.arange(batch, device=where)
    captured = Captured(step, rows)
    captured(rows)
    first = step.total / batch  # train reads the sum of the losses once an epoch, so no step of the clock does

    def replay():
        captured(rows)
        return first

    return replay


def products_step(sizes, batch, dtype, where):
    """The matrix products of a step and nothing else, into reused memory."""
    kind = torch.bfloat16 if dtype == "bf16" else torch.float32
    A, D, Z = ([torch.randn(batch, n, device=where, dtype=kind) for n in sizes] for _ in range(3))
    for a, d in zip(A[1:-1], D[1:-1]):  # half of both are zeros behind a ReLU, and a GPU is faster on zeros
        a.relu_()
        d.mul_(a > 0)
    W = [torch.randn(m, n, device=where, dtype=kind) for n, m in zip(sizes, sizes[1:])]
    G = [torch.empty_like(w) for w in W]

    def step():
        for i, w in enumerate(W):
            torch.mm(A[i], w.T, out=Z[i + 1])
        for i in reversed(range(len(W))):
            torch.mm(D[i + 1].T, A[i], out=G[i])
            if i > 0:
                torch.mm(D[i + 1], W[i], out=Z[i])
        return torch.tensor(math.nan)

    return step


class Contender:
    """A step that is ready to run, its first loss, and the seconds it took."""

    def __init__(self, make, where):
        self.step, self.where, self.times = make(), where, []
        self.loss = float(self.step())
        self.once = self.run(max(1, round(0.01 / self.run(1))))

    def run(self, k):
        """Seconds of a step, over k of them."""
        clock = time.process_time if self.where.type == "cpu" else time.perf_counter
        synchronize(self.where)
        start = clock()
        for _ in range(k):
            self.step()
        synchronize(self.where)
        return (clock() - start) / k


def race(makers, seconds):
    """(column -> Contender, column -> why it failed).

    All of a row run in turns, as a GPU that grows hot becomes slower: so it is slower for each of them.
    """
    racing, failed = {}, {}

    def attempt(column, action, *args):
        try:
            return action(*args)
        except Exception as error:  # the other columns stand, and the time on a GPU is short
            failed[column] = f"{type(error).__name__}: {str(error).splitlines()[0]}"
            racing.pop(column, None)

    for column, (make, where) in makers.items():
        if contender := attempt(column, Contender, make, where):
            racing[column] = contender
    rounds = min(9, max([3, *(round(seconds / one.once) for one in racing.values())]))
    for _ in range(rounds + 1):  # the first is for the clocks to warm up
        for column, one in list(racing.items()):
            one.times.append(attempt(column, one.run, max(1, round(seconds / rounds / one.once))))
    return racing, failed


def contenders(sizes, batch, dtype, gpu):
    """column -> (function that makes the step, where it runs)."""
    cpu, setting, found = torch.device("cpu"), (sizes, batch, dtype), {}
    if sizes is TINY:  # the large network is for GPUs
        found["numpy_ms"] = lambda: numpy_step(*setting), cpu
        found["torch_cpu_ms"] = lambda: torch_step(*setting, cpu), cpu
    if gpu:
        for column, make in (("cuda_eager_ms", torch_step), ("cuda_bridge_ms", bridge_step),
                             ("cuda_graph_ms", graph_step), ("cuda_products_ms", products_step)):
            found[column] = (lambda make=make: make(*setting, gpu)), gpu
    return found


def compare(seconds, gpu, keep):
    rows = []
    for sizes, batch, dtype in ROWS:
        row = {"net": "-".join(map(str, sizes)), "batch": batch, "dtype": dtype} | dict.fromkeys(COLUMNS)
        torch.set_float32_matmul_precision("high" if dtype == "tf32" else "highest")
        racing, failed = race(contenders(sizes, batch, dtype, gpu), seconds)
        row |= {column: float(f"{statistics.median(one.times[1:]) * 1e3:.4g}") for column, one in racing.items()}
        losses = [one.loss for column, one in racing.items()  # a graph's first loss comes after its warm-up
                  if one.loss == one.loss and column != "cuda_graph_ms"]
        if losses and max(losses) - min(losses) > 0.02 * max(losses):
            failed["losses"] = f"not the same work: {losses}"
        row |= {"failed": failed} if failed else {}
        del racing  # what it holds on the GPU the next row may need
        flop = 2 * batch * (3 * sum(n * m for n, m in zip(sizes, sizes[1:])) - sizes[0] * sizes[1])
        row["bridge_tflops"] = row["cuda_bridge_ms"] and float(f"{flop / row['cuda_bridge_ms'] / 1e9:.4g}")
        rows.append(row)
        keep(rows)
        print(f"{row['net']:24} batch {batch:6} {dtype:8}", *(
            f"{'—' if row[column] is None else format(row[column], '.4g'):>12}" for column in COLUMNS),
            row.get("failed", ""), flush=True)
    torch.set_float32_matmul_precision("highest")
    return rows


def goals(rows):
    """A line for each goal that was measured."""
    for column, sizes, batch, factor, other in GOALS:
        for row in rows:
            if (row["net"], row["batch"]) == ("-".join(map(str, sizes)), batch) and row[column] and row[other]:
                print(f"{row['net']} batch {batch} {row['dtype']}: {column} is {row[column] / row[other]:.3f} times "
                      f"{other} (goal: at most {factor:.3f})")
    for row in rows:
        if row["dtype"] == "bf16" and row["bridge_tflops"]:
            print(f"{row['net']} bf16: {row['bridge_tflops']} TFLOP/s end to end (goal: at least 660)")


def main(seconds):
    torch.set_num_threads(1)
    gpu = torch.device("cuda") if torch.cuda.is_available() else None
    device = torch.cuda.get_device_name(gpu) if gpu else None
    versions = {"python": platform.python_version(), "numpy": np.__version__, "torch": torch.__version__,
                "cuda": torch.version.cuda}
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    print(f"GPU: {device or 'none here, so its columns stay empty'}; {versions}; load of the machine: {busy}")
    print(" " * 47, *(f"{column.removesuffix('_ms'):>12}" for column in COLUMNS), "  (ms)")
    kept = None if gpu or not RESULTS.exists() else json.loads(RESULTS.read_text())["device"]

    def keep(rows):
        if not kept:
            write(rows, device, versions, busy)

    goals(compare(seconds, gpu, keep))
    if kept:
        print(f"{RESULTS} stays as it is: it holds what was measured on {kept}, and there is no GPU here.")


def write(rows, device, versions, busy):
    """What is known so far: after every row, so that a run that is cut off leaves its rows."""
    after = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    note = "One thread on the CPU, and CPU time; wall time on CUDA; null where not measured."
    if after is not None and max(busy, after - 1.0) > 0.25:  # of the load at the end, this program makes 1
        note += (f" The machine was shared while this was measured (load {busy:.1f} before, {after:.1f} at the end, of "
                 f"which 1 is this program's, on {os.cpu_count()} cores): take the CPU columns as rough.")
    RESULTS.write_text(json.dumps({
        "date": str(date.today()), "device": device, "versions": versions, "note": note,
        "cpu": {"cores": os.cpu_count(), "threads": 1, "load_before": busy, "load_at_the_end": after},
        "batch": BATCHES, "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.5)
