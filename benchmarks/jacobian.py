"""Exact Jacobians and the complex-step check, beside torch.func.jacrev and torch.autograd.gradcheck.

    python benchmarks/jacobian.py [ROUNDS]

Both sides do the same work from the same weights (the results are compared first) and take
turns on one thread, a few calls each; taking turns after every call costs the faster one
more, as it finds the other's data in the caches: that ratio is shown as well. Times are CPU
times, so that a neighbour on another core costs little; "clock over CPU" is 1 where there was none.
Writes results/jacobian.json.
"""

import os

os.environ |= dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")

import json
import platform
import statistics
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import torch

from nnlib.gradcheck import check_gradient
from nnlib.jacobian import numerical_jacobian, reverse_jacobian

TANH = (np.tanh, lambda Z, A: 1 - A * A)
WIDTHS = {"784-100-10": (784, 100, 10), "784-128-10": (784, 128, 10), "784-256-128-10": (784, 256, 128, 10)}
CHECKED = (16, 20, 16, 1)  # 340 + 336 + 17 = 693 parameters
RESULTS = Path(__file__).parent / "results" / "jacobian.json"


def network(widths, dtype, rng):
    """[(W, b, activation), …] with tanh in between and scores at the end."""
    layers = [(rng.normal(0, n**-0.5, (m, n)).astype(dtype), rng.normal(0, 0.1, m).astype(dtype), TANH)
              for n, m in zip(widths, widths[1:])]
    return [*layers[:-1], (*layers[-1][:2], None)]


def in_turns(ours, theirs, rounds, calls=1):
    """Median CPU times of one call of each in seconds, and the median of the ratios theirs / ours.

    They take turns every `calls` calls: with 1, each finds the other's data in the caches.
    """
    def seconds(f):
        start = time.process_time()
        for _ in range(calls):
            f()
        return (time.process_time() - start) / calls

    times = [(seconds(ours), seconds(theirs)) for _ in range(rounds + 3)][3:]  # the first ones warm up
    a, b = zip(*times)
    return statistics.median(a), statistics.median(b), statistics.median(y / x for x, y in times)


def jacobians(widths, dtype, batch, rounds):
    """Our reverse Jacobian beside torch.func.jacrev (under vmap where the batch is larger than 1)."""
    rng = np.random.default_rng(0)
    net = network(widths, dtype, rng)
    X = rng.normal(size=(batch, widths[0])).astype(dtype)
    weights = [(torch.from_numpy(W), torch.from_numpy(b)) for W, b, _ in net]

    def scores(x):
        for W, b in weights[:-1]:
            x = torch.tanh(torch.nn.functional.linear(x, W, b))
        return torch.nn.functional.linear(x, *weights[-1])

    jacrev, x = torch.func.jacrev(scores), torch.from_numpy(X)
    if batch == 1:
        theirs = lambda: jacrev(x[0])[None]
    else:
        theirs = lambda: torch.func.vmap(jacrev)(x)
    tolerance = 1e-5 if dtype == np.float32 else 1e-12
    assert np.allclose(reverse_jacobian(net, X), theirs().numpy(), rtol=tolerance, atol=tolerance)
    ours = lambda: reverse_jacobian(net, X)
    return in_turns(ours, theirs, rounds, calls=10 if batch == 1 else 2), in_turns(ours, theirs, rounds)[2]


def checks(batch, rounds):
    """Our complex-step check of all parameters of a small network beside torch.autograd.gradcheck."""
    rng = np.random.default_rng(0)
    net = network(CHECKED, np.float64, rng)
    X, target = rng.normal(size=(batch, CHECKED[0])), rng.normal(size=(batch, 1))
    arrays = [a for W, b, _ in net for a in (W, b)]
    theta = np.concatenate([a.ravel() for a in arrays])
    ends = np.cumsum([a.size for a in arrays]).tolist()
    places = [(slice(end - a.size, end), a.shape) for a, end in zip(arrays, ends)]
    weights = [torch.from_numpy(a).requires_grad_() for a in arrays]
    x, t = torch.from_numpy(X), torch.from_numpy(target)

    def loss(theta):
        p = [theta[place].reshape(shape) for place, shape in places]
        a = np.tanh(X @ p[0].T + p[1])
        a = np.tanh(a @ p[2].T + p[3])
        e = a @ p[4].T + p[5] - target
        return (e * e).mean()

    def gradient(theta):
        p = [theta[place].reshape(shape) for place, shape in places]
        a1 = np.tanh(X @ p[0].T + p[1])
        a2 = np.tanh(a1 @ p[2].T + p[3])
        d3 = 2 * (a2 @ p[4].T + p[5] - target) / target.size
        d2 = d3 @ p[4] * (1 - a2 * a2)
        d1 = d2 @ p[2] * (1 - a1 * a1)
        grads = [d1.T @ X, d1.sum(0), d2.T @ a1, d2.sum(0), d3.T @ a2, d3.sum(0)]
        return np.concatenate([g.ravel() for g in grads])

    def torch_loss(W1, b1, W2, b2, W3, b3):
        linear = torch.nn.functional.linear
        a = torch.tanh(linear(torch.tanh(linear(x, W1, b1)), W2, b2))
        return ((linear(a, W3, b3) - t) ** 2).mean()

    def ours():
        report = check_gradient(loss, gradient, theta, method="complex")
        assert report.ok, report

    def theirs():
        assert torch.autograd.gradcheck(torch_loss, weights)

    torch_loss(*weights).backward()
    exact = np.concatenate([w.grad.numpy().ravel() for w in weights])
    measured = numerical_jacobian(loss, theta, "complex")
    error = float(np.abs(measured - exact).max() / np.abs(exact).max())
    return (*in_turns(ours, theirs, rounds), error)


def main(rounds):
    torch.set_num_threads(1)
    clock, cpu, rows = time.perf_counter(), time.process_time(), []
    for name, widths in WIDTHS.items():
        for dtype in (np.float32, np.float64):
            for batch, turns in ((1, rounds), (32, max(1, rounds // 5))):
                (ours, theirs, ratio), each_call = jacobians(widths, dtype, batch, turns)
                rows.append({"network": name, "dtype": np.dtype(dtype).name, "batch": batch,
                             "ours_us": round(ours * 1e6), "torch_us": round(theirs * 1e6),
                             "times_as_fast": round(ratio, 2), "taking_turns_every_call": round(each_call, 2)})
                print("Jacobian {network:15} {dtype} batch {batch:3}: {ours_us:6} µs, jacrev {torch_us:6} µs, "
                      "{times_as_fast:5.2f} times as fast "
                      "({taking_turns_every_call:.2f} with cold caches)".format(**rows[-1]))
    checked = []
    for batch in (1, 8, 32):
        ours, theirs, ratio, error = checks(batch, max(1, rounds // 5))
        checked.append({"parameters": 693, "batch": batch, "ours_ms": round(ours * 1e3, 1),
                        "torch_ms": round(theirs * 1e3, 1), "times_as_fast": round(ratio, 2), "relative_error": error})
        print("complex-step check, {parameters} parameters, batch {batch:3}: {ours_ms} ms, gradcheck {torch_ms} ms, "
              "{times_as_fast} times as fast, error {relative_error:.1e}".format(**checked[-1]))
    crowd = round((time.perf_counter() - clock) / (time.process_time() - cpu), 1)
    print(f"clock over CPU: {crowd}")
    RESULTS.write_text(json.dumps({
        "date": str(date.today()), "python": platform.python_version(), "numpy": np.__version__,
        "torch": torch.__version__, "rounds": rounds, "clock_over_cpu": crowd, "jacobians": rows, "checks": checked,
    }, indent=2) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
