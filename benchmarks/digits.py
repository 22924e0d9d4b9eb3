"""Handwritten digits end to end: test accuracy over ten seeds, and training time beside PyTorch.

    python benchmarks/digits.py [SEEDS]
    python benchmarks/digits.py choose

The 1,797 digits of scikit-learn, split test_size=0.25, random_state=0, stratified; networks
64-64-32-10 with ReLU, trained in float32 by AdamW with a cosine schedule and its usual weight
decay 0.01. Epochs and dropout are those that `choose` finds best on a fifth of the training set, held
out; the test set has no say in them. The twin in PyTorch (eager, fused optimiser, one thread)
starts from the same weights and sees the same batches; the two take turns, each in a process of
its own. Writes results/digits.json.
"""

import os

os.environ |= dict.fromkeys(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"], "1")

import json
import platform
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import date
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from sklearn.model_selection import train_test_split

from nnlib import nn
from nnlib.datasets import digits
from nnlib.nn import schedules

RESULTS = Path(__file__).parent / "results" / "digits.json"
WIDTHS, LR, BATCH = [64, 32, 10], 3e-3, 32
SETTINGS = {  # name -> epochs, dropout, with one-pixel shifts, goal for the mean accuracy
    "64-64-32-10": (40, 0.0, False, 0.975),
    "with dropout 0.05": (60, 0.05, False, 0.978),
    "with one-pixel shifts": (30, 0.0, True, 0.983),
}
TIMES_AS_FAST = 3.5  # the goal for training


def shifted(X):
    """Each image five times: as it is, and moved by one pixel up, down, left and right."""
    padded = np.pad(X.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    moved = [padded[:, 1 + dy : 9 + dy, 1 + dx : 9 + dx] for dy, dx in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)]]
    return np.concatenate(moved).reshape(-1, 64)


def data(shifts, held_out=None):
    """X_train, X_test, y_train, y_test; pixels brought to mean 0 and variance 1 by the training set's numbers.

    With `held_out`, a seed, a fifth of the training set takes the place of the test set.
    """
    X, y = digits()
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0, stratify=y)
    if held_out is not None:
        X_train, X_test, y_train, y_test = train_test_split(X_train, y_train, test_size=0.2, random_state=held_out,
                                                            stratify=y_train)
    mean, std = X_train.mean(), X_train.std()
    if shifts:
        X_train, y_train = shifted(X_train), np.tile(y_train, 5)
    return *(((X - mean) / std).astype(np.float32) for X in (X_train, X_test)), y_train, y_test


def choose(splits=5):
    """Prints, for each kind of network, the mean accuracy of every candidate on `splits` held-out fifths."""
    for name, (_, _, shifts, _) in SETTINGS.items():
        dropouts = (0.05, 0.1, 0.2) if "dropout" in name else (0.0,)
        found = {}
        for epochs in (10, 20, 30, 40, 60):
            for dropout in dropouts:
                runs = [train_nnlib(epochs, dropout, shifts, seed, held_out=seed)[1] for seed in range(splits)]
                found[epochs, dropout] = statistics.mean(runs)
                print(f"{name:22} {epochs:3} epochs, dropout {dropout:4}: {found[epochs, dropout]:.2%}", flush=True)
        print(f"{name:22} best: {max(found, key=found.get)}")


def train_nnlib(epochs, dropout, shifts, seed, held_out=None):
    """CPU seconds of the training, and the test accuracy. The same for PyTorch."""
    X, X_test, y, y_test = data(shifts, held_out)
    rng = np.random.default_rng(seed)
    net = nn.MLP(64, WIDTHS, "relu", rng=rng, dropout=dropout, dtype=np.float32)
    optimizer = nn.AdamW(net.parameters(), LR)
    start = time.process_time()
    list(nn.train(net, nn.CrossEntropy(), optimizer, X, y, epochs=epochs, batch_size=BATCH, rng=rng,
                  schedule=schedules.cosine(LR, epochs)))
    return time.process_time() - start, nn.accuracy(net, X_test, y_test)


def train_torch(epochs, dropout, shifts, seed):
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    X, X_test, y, y_test = map(torch.from_numpy, data(shifts))
    rng = np.random.default_rng(seed)
    layers = []
    for linear in nn.MLP(64, WIDTHS, "relu", rng=rng, dtype=np.float32)[::2]:
        twin = torch.nn.Linear(linear.width, linear.n_out)
        twin.weight.data, twin.bias.data = torch.tensor(linear.W.data.copy("C")), torch.tensor(linear.b.data)
        layers += [twin, torch.nn.ReLU(), *([torch.nn.Dropout(dropout)] if dropout else [])]
    net = torch.nn.Sequential(*layers[: 7 if dropout else 5])
    loss = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(net.parameters(), LR, fused=True)
    schedule = schedules.cosine(LR, epochs)
    start = time.process_time()
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = schedule(epoch)
        net.train()
        order = torch.from_numpy(rng.permutation(len(X)))
        total = 0.0
        for first in range(0, len(X), BATCH):
            rows = order[first : first + BATCH]
            optimizer.zero_grad()
            value = loss(net(X[rows]), y[rows])
            value.backward()
            optimizer.step()
            total += value.item() * len(rows)
    seconds = time.process_time() - start
    with torch.no_grad():
        return seconds, (net.eval()(X_test).argmax(1) == y_test).double().mean().item()


def main(seeds):
    rows = []
    with ExitStack() as stack:
        ours, theirs = (stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn"))) for _ in range(2))
        for train, process in ((train_nnlib, ours), (train_torch, theirs)):
            process.submit(train, 1, 0.0, False, 0).result()  # warm up
        for name, (epochs, dropout, shifts, goal) in SETTINGS.items():
            seconds, accuracies, ratios, twins = [], [], [], []
            for seed in range(seeds):
                time_ours, accuracy = ours.submit(train_nnlib, epochs, dropout, shifts, seed).result()
                time_theirs, twin = theirs.submit(train_torch, epochs, dropout, shifts, seed).result()
                seconds.append(time_ours)
                accuracies.append(accuracy)
                ratios.append(time_theirs / time_ours)
                twins.append(twin)
            rows.append({
                "setting": name, "epochs": epochs, "seeds": seeds,
                "accuracy": round(statistics.mean(accuracies), 4), "std": round(statistics.pstdev(accuracies), 4),
                "lowest": round(min(accuracies), 4), "goal": goal, "torch_accuracy": round(statistics.mean(twins), 4),
                "seconds": round(statistics.median(seconds), 3),
                "times_as_fast_as_torch": round(statistics.median(ratios), 2), "goal_times": TIMES_AS_FAST,
            })
            print("{setting:22} {accuracy:.2%} ± {std:.2%}, lowest {lowest:.2%} (goal {goal:.1%}; torch "
                  "{torch_accuracy:.2%}), {seconds:.2f} s, {times_as_fast_as_torch:.2f} times as fast "
                  "(goal {goal_times})".format(**rows[-1]), flush=True)
    RESULTS.write_text(json.dumps({"date": str(date.today()), "python": platform.python_version(),
                                   "numpy": np.__version__, "digits": rows}, indent=2) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["choose"]:
        choose()
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
