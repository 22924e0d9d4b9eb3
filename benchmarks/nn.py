"""Training steps of nnlib.nn beside PyTorch, scikit-learn and the matrix products alone.

    python benchmarks/nn.py [ROUNDS]

ReLU networks, cross-entropy, float32, one thread; PyTorch eager with its fused optimisers.
Each contender has a process of its own and all start from the same weights. They take
turns of some 20 ms, many steps long, as in training, where caches are warm; a slow moment
of the machine hits all alike. CPU time; ratios are medians over rounds, with their quartiles. The
losses are compared, so that only equal work is timed. Writes results/nn.json.

Even CPU time grows when other programs share the machine and its caches, PyTorch's most: "clock
over CPU" is 1 where nobody else computed. Which BLAS kernels NumPy chose is noted, too: on an AMD
Zen 4, OPENBLAS_CORETYPE=Haswell makes its large products up to 8% faster and small ones slower.
"""

import os

os.environ |= dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")

import json
import math
import platform
import statistics
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import date
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from nnlib import nn
from nnlib.nn import direct
from nnlib.nn.training import one_epoch

RESULTS = Path(__file__).parent / "results" / "nn.json"
LR = 1e-3
BIG, SMALL = (784, 256, 128, 10), (64, 64, 32, 10)

# (network, batch, optimiser, peer) -> how many times as fast we want to be at least
GOALS = {
    (BIG, 32, "SGD", "torch"): 1.5, (BIG, 128, "SGD", "torch"): 1.25, (BIG, 1024, "SGD", "torch"): 1.05,
    (BIG, 32, "Adam", "torch"): 1.35, (BIG, 128, "Adam", "torch"): 1.15, (BIG, 1024, "Adam", "torch"): 1.0,
    (SMALL, 32, "SGD", "torch"): 4.0, (SMALL, 32, "Adam", "torch"): 4.0,
    (SMALL, 128, "Adam", "sklearn"): 2.3,
    (BIG, 32, "SGD", "products"): 1 / 1.30, (BIG, 128, "SGD", "products"): 1 / 1.15,
    (BIG, 1024, "SGD", "products"): 1 / 1.05,
}


@cache
def data(sizes, n):
    rng = np.random.default_rng(1)
    return rng.standard_normal((n, sizes[0])).astype(np.float32), rng.integers(0, sizes[-1], n)


def network(sizes):
    return nn.MLP(sizes[0], sizes[1:], "relu", rng=np.random.default_rng(0), dtype=np.float32)


def nnlib_steps(sizes, batch, optimizer):
    """A function that makes k training steps and returns the last loss. The same for the other contenders."""
    X, y = data(sizes, batch)
    net, loss = network(sizes), nn.CrossEntropy()
    optimizer = getattr(nn, optimizer)(net.parameters(), lr=LR)

    def steps(k):
        for _ in range(k):
            optimizer.zero_grad()
            value = loss(net(X), y)
            net.collect(loss.backward())
            optimizer.step()
        return value

    return steps


def torch_steps(sizes, batch, optimizer):
    import torch

    torch.set_num_threads(1)
    X, y = map(torch.from_numpy, data(sizes, batch))
    layers = []
    for linear in network(sizes)[::2]:
        twin = torch.nn.Linear(linear.width, linear.n_out)
        twin.weight.data, twin.bias.data = torch.tensor(linear.W.data.copy("C")), torch.tensor(linear.b.data)
        layers += [twin, torch.nn.ReLU()]
    net, loss = torch.nn.Sequential(*layers[:-1]), torch.nn.CrossEntropyLoss()
    optimizer = getattr(torch.optim, optimizer)(net.parameters(), lr=LR, fused=True)

    def steps(k):
        for _ in range(k):
            optimizer.zero_grad()
            value = loss(net(X), y)
            value.backward()
            optimizer.step()
        return value.item()

    return steps


def products_steps(sizes, batch, optimizer):
    """The matrix products of a step and nothing else, laid out in memory as nnlib lays them out, into reused memory."""
    rng, net = np.random.default_rng(0), network(sizes)
    getattr(nn, optimizer)(net.parameters(), lr=LR)  # gives weights and gradients their places
    W, G = [layer.W.data for layer in net[::2]], [layer.W.room for layer in net[::2]]
    A, Z, delta = ([rng.standard_normal((batch, n)).astype(np.float32) for n in sizes] for _ in range(3))

    def steps(k):
        for _ in range(k):
            for i in range(len(W)):
                np.matmul(A[i], W[i].T, out=Z[i + 1])
            for i in reversed(range(len(W))):
                np.matmul(delta[i + 1].T, A[i], out=G[i])
                if i > 0:
                    np.matmul(delta[i + 1], W[i], out=Z[i])
        return math.nan

    return steps


def nnlib_epochs(sizes, batch, optimizer):
    """k steps as one epoch of `train`: shuffling and cutting into batches counts, as it does in scikit-learn."""
    net, loss, rng = network(sizes), nn.CrossEntropy(), np.random.default_rng(0)
    optimizer = getattr(nn, optimizer)(net.parameters(), lr=LR)

    def steps(k):
        one_epoch(net, loss, optimizer, *data(sizes, k * batch), batch, rng)
        return math.nan

    return steps


def sklearn_epochs(sizes, batch, optimizer):
    from sklearn.neural_network import MLPClassifier

    def steps(k):
        with warnings.catch_warnings(action="ignore"):  # that one epoch did not converge
            MLPClassifier(sizes[1:-1], solver=optimizer.lower(), batch_size=batch, max_iter=1, alpha=0.0,
                          random_state=0).fit(*data(sizes, k * batch))
        return math.nan

    return steps


CONTENDERS = {"nnlib": nnlib_steps, "torch": torch_steps, "products": products_steps,
              "nnlib, an epoch": nnlib_epochs, "sklearn": sklearn_epochs}


def prepare(name, setting):
    """Runs once in each contender's process."""
    global steps
    steps = CONTENDERS[name](*setting)


def turn(k):
    """CPU seconds for one step, clock over CPU time, and the loss."""
    cpu, clock = time.process_time(), time.perf_counter()
    loss = steps(k)
    cpu, clock = time.process_time() - cpu, time.perf_counter() - clock
    return cpu / k, clock / cpu, loss


def race(names, setting, rounds):
    """name -> CPU seconds of a step in every round; and how crowded the machine was, median clock over CPU."""
    cpu, crowds = {name: [] for name in names}, []
    with ExitStack() as stack:
        processes = {name: stack.enter_context(ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=prepare, initargs=(name, setting))) for name in names}

        def turns_of(k):
            return {name: process.submit(turn, k).result() for name, process in processes.items()}

        turns_of(20)  # the first steps load libraries and fill caches
        one, _, _ = turns_of(20)[names[0]]
        k = max(3, round(0.02 / one))
        for _ in range(rounds):
            turns = turns_of(k)
            losses = [loss for _, _, loss in turns.values() if loss == loss]
            assert not losses or max(losses) - min(losses) < 1e-3, f"not the same work: losses {losses}"
            for name, (seconds, crowd, _) in turns.items():
                cpu[name].append(seconds)
                crowds.append(crowd)
    return cpu, statistics.median(crowds)


def compare(rounds):
    """The rows of the table: network, batch, optimiser, peer, both times in µs, the ratio, and the goal."""
    rows = []
    for setting in dict.fromkeys(key[:3] for key in GOALS):
        peers = [key[3] for key in GOALS if key[:3] == setting]
        ours = "nnlib, an epoch" if peers == ["sklearn"] else "nnlib"
        cpu, crowd = race([ours, *peers], setting, rounds)
        for peer in peers:
            low, ratio, high = np.quantile(np.divide(cpu[peer], cpu[ours]), [0.25, 0.5, 0.75]).tolist()
            rows.append({
                "network": "-".join(map(str, setting[0])), "batch": setting[1], "optimizer": setting[2], "peer": peer,
                "nnlib_us": round(statistics.median(cpu[ours]) * 1e6, 1),
                "peer_us": round(statistics.median(cpu[peer]) * 1e6, 1),
                "times_as_fast": round(ratio, 3), "quartiles": [round(low, 3), round(high, 3)],
                "goal": round(GOALS[*setting, peer], 3), "clock_over_cpu": round(crowd, 2),
            })
            print("  {network:15} batch {batch:4} {optimizer:4}  {nnlib_us:9.1f} µs   {peer:8} {peer_us:9.1f} µs"
                  "   {times_as_fast:5.2f} times as fast (goal {goal:.2f}; {quartiles}; clock over CPU "
                  "{clock_over_cpu})".format(**rows[-1]), flush=True)
    return rows


def slopes(width=64, batch=64, depths=(16, 32, 64, 128)):
    """Section 7.5: the slopes of log time over log L for direct and for cached gradients, and the times in ms."""
    rng = np.random.default_rng(0)
    times = {"direct": [], "cached": []}
    for L in depths:
        Ws = [rng.standard_normal((width, width)) / width**0.5 for _ in range(L)]
        A = direct.forward(Ws, rng.standard_normal((batch, width)))
        for name, gradients in (("direct", direct.direct_gradients), ("cached", direct.cached_gradients)):
            measured = []
            for _ in range(7):
                start = time.process_time()
                gradients(Ws, A, A[-1])
                measured.append(time.process_time() - start)
            times[name].append(statistics.median(measured))
    return {name: {"slope": round(float(np.polyfit(np.log(depths), np.log(t), 1)[0]), 2),
                   "ms": dict(zip(depths, (round(seconds * 1e3, 2) for seconds in t)))} for name, t in times.items()}


def main(rounds):
    blas = next((pool.get("architecture") for pool in threadpool_info() if pool["user_api"] == "blas"), None)
    print(f"Python {platform.python_version()}, NumPy {np.__version__} with BLAS kernels for {blas}, {rounds} rounds, "
          "CPU time of one training step")
    rows = compare(rounds)
    backprop = slopes()
    for name, result in backprop.items():
        print(f"  gradients of L layers, {name}: time grows like L^{result['slope']}  {result['ms']} ms")
    RESULTS.write_text(json.dumps({
        "date": str(date.today()), "python": platform.python_version(), "numpy": np.__version__, "blas": blas,
        "rounds": rounds, "training_step": rows, "direct_and_cached": backprop}, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25)
