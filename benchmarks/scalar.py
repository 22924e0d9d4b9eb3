"""One training step of micrograd's moons demo: micrograd 0.1.0, plain Values, and Values with `dot`.

    python benchmarks/scalar.py [ROUNDS]

The demo: 100 points, a 2-16-16-1 ReLU network, hinge loss, weight decay, one step of
gradient descent. All three start from the same weights and take turns of five steps, so that a slow
moment of the machine hits all alike; each has a process of its own, garbage collector
on, so that nobody clears up another's garbage. As in the demo's notebook, the last loss
keeps its graph until the next one takes its name. The losses are compared, so that only
equal work is timed. Writes results/scalar.json.
"""

import json
import platform
import random
import statistics
import sys
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import micrograd.engine
import micrograd.nn
import numpy as np

import nnlib.scalar.mlp
from nnlib.datasets import two_moons
from nnlib.scalar import MLP, Value

X, y = two_moons(100, 0.1, np.random.default_rng(0))
X, y = X.tolist(), (2 * y - 1).tolist()
WARM_UP = 1  # turn, in which the collector finds its rhythm
RESULTS = Path(__file__).parent / "results" / "scalar.json"


def training_step(model, number, lr=0.01, decay=1e-4):
    """The demo's step, in operations that both libraries have. Returns the loss, with its graph."""
    scores = [model([number(x) for x in row]) for row in X]
    losses = [(1 + -target * score).relu() for target, score in zip(y, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    loss = data_loss + decay * sum(p * p for p in model.parameters())
    model.zero_grad()
    loss.backward()
    for p in model.parameters():
        p.data -= lr * p.grad
    return loss


def plain_dot(weights, inputs, bias):
    """The weighted sum as 2n separate nodes, exactly as micrograd's neuron builds it."""
    return sum((w * x for w, x in zip(weights, inputs)), bias)


def contender(name):
    """The network of that name and the number type it computes with."""
    random.seed(0)  # micrograd draws from the global generator
    theirs = micrograd.nn.MLP(2, [16, 16, 1])
    if name == "micrograd 0.1.0":
        return theirs, micrograd.engine.Value
    ours = MLP(2, [16, 16, 1], "relu", rng=random.Random(0))
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        p.data = float(q.data)
    if name == "nnlib, plain Values":
        nnlib.scalar.mlp.dot = plain_dot
    return ours, Value


def prepare(name):
    """Runs once in each contender's process."""
    global model, number
    model, number = contender(name)


def timed_steps(n=5):
    """CPU seconds a step of n steps in a row, the end of the graph before each in it, and the last loss."""
    global loss
    start = time.process_time()
    for _ in range(n):
        loss = training_step(model, number)
    return (time.process_time() - start) / n, loss.data


def bytes_per_operation(n=10_000):
    """Memory of a recorded graph of n products, before and after its backward pass."""
    x = y = Value(1.0001)
    tracemalloc.start()
    for _ in range(n):
        y = y * x
    recorded = tracemalloc.get_traced_memory()[0]
    y.backward()
    differentiated = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return recorded / n, differentiated / n


def main(rounds):
    names = ["micrograd 0.1.0", "nnlib, plain Values", "nnlib, dot"]
    cpu = {name: [] for name in names}
    with ExitStack() as stack:
        processes = {name: stack.enter_context(ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=prepare, initargs=(name,))) for name in names}
        for turn in range(rounds + WARM_UP):
            steps = {name: process.submit(timed_steps).result() for name, process in processes.items()}
            losses = [loss for _, loss in steps.values()]
            assert max(losses) - min(losses) < 1e-9, f"not the same work: losses {losses}"
            if turn >= WARM_UP:
                for name, (seconds, _) in steps.items():
                    cpu[name].append(seconds)

    medians = {name: statistics.median(times) for name, times in cpu.items()}
    ratio = {name: statistics.median(a / b for a, b in zip(cpu["micrograd 0.1.0"], times))
             for name, times in cpu.items()}
    recorded, differentiated = bytes_per_operation()
    print(f"Python {platform.python_version()}, {rounds} interleaved rounds, CPU time of one training step")
    for name in names:
        print(f"  {name:20} {medians[name] * 1e3:9.1f} ms   {ratio[name]:7.1f} times as fast")
    print(f"graph of one operation: {recorded:.0f} bytes recorded, {differentiated:.0f} after backward")
    RESULTS.write_text(json.dumps({
        "date": str(date.today()), "python": platform.python_version(), "rounds": rounds,
        "median_ms": {name: round(t * 1e3, 2) for name, t in medians.items()},
        "median_ratio": {name: round(r, 1) for name, r in ratio.items()},
        "bytes_per_operation": {"recorded": round(recorded), "after_backward": round(differentiated)},
    }, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
