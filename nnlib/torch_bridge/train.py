"""The training loop of nnlib.nn, on the device (sections 7.6 and 8.4): same arguments, same record, same results."""

import warnings
from contextlib import nullcontext

import torch

from nnlib import nn
from nnlib.nn.training import Best, Record, progress_bar, scheduled
from nnlib.torch_bridge import graph, side, trouble
from nnlib.torch_bridge.convert import describe
from nnlib.torch_bridge.losses import torch_loss
from nnlib.torch_bridge.precision import choose
from nnlib.torch_bridge.step import Snapshot, Step, run_epoch


def train(model, data, loss, optimizer, *, epochs, batch_size=32, rng=None, validation=None, patience=None,
          schedule=None, clip=None, progress=False, device=None, precision="auto", capture=True):
    """Trains `model` on data = (X, y), and yields a Record of nnlib.nn after every epoch, as nnlib.nn.train does:

        for record in train(net, (X, y), nn.CrossEntropy(), nn.Adam(net.parameters()), epochs=10, rng=rng): ...

    model:      a network of nnlib, with a loss and an optimiser of nnlib.nn: a twin of it is trained on the device,
                and its weights come back after every epoch. Or a torch module with a torch optimiser: it is
                trained where it lies.
    data:       NumPy arrays, copied to the device once; or tensors that lie there.
    device:     as for device().
    precision:  "auto", "tf32", "bf16" or the network's own type: see nnlib.torch_bridge.precision.
    capture:    record the step as a CUDA graph where there is CUDA (see nnlib.torch_bridge.graph). Where that
                cannot be done, a warning says why, and training goes on step by step.
    The rest is as in nnlib.nn.train: validation, patience, schedule, clip, progress, and eval() at the end.
    `train(...).plan` tells in a sentence how it will be trained.

    The same rng gives the same batches in the same order, and on the CPU the same results up to rounding, Dropout
    included: losses and weights agree to a relative 1e-9 in float64 and the losses to 1e-4 in float32, over the few
    epochs of the tests. On a GPU Dropout draws its masks there, so they are others; PyTorch is seeded from rng.

    Raises FloatingPointError for NaN, with the epoch, the layer and the likely cause; torch.OutOfMemoryError with
    the batch size to try; ValueError where network and data lie on different devices.
    """
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        raise TypeError(f"train takes the data as one pair, train(model, (X, y), loss, optimizer, …), but "
                        f"{describe(data)} came")
    if clip is not None and not clip > 0:  # as clip_grad_norm says it, NaN included
        raise ValueError(f"the largest allowed norm of the gradient must be positive, but clip = {clip}")
    X, y = data
    # The checks of the NumPy loop, in its words. It trains nothing before it is asked, and it never is.
    nn.train(model, loss, optimizer, X, y, epochs=epochs, batch_size=batch_size, rng=rng, validation=validation,
             patience=patience)
    what = (side.Ours if isinstance(model, nn.Module) else side.Theirs)(model, optimizer, device)
    X, y = what.load(X, y, loss)
    validation = validation and what.load(*validation, loss, ("validation[0]", "validation[1]"))
    recipe = choose(precision, what.net, what.where, batch_size)
    step = Step(what.net, torch_loss(loss), what.optimizer, X, y, clip=clip, recipe=recipe)
    return Training(Loop(what, step, epochs, batch_size, rng, validation, patience, schedule, progress, capture))


class Training:
    """The records, one an epoch, as an iterator; and `plan`, how they come about."""

    # Apart from the Loop, which does not know it: once nobody holds this, Python ends the generator at once.
    def __init__(self, loop):
        self.loop, self.records = loop, loop.run()

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.records)

    def close(self):
        """Ends the training early, as leaving the loop does: the best weights are put back."""
        self.records.close()

    @property
    def plan(self):
        return self.loop.plan

    def __repr__(self):
        return f"<training: {self.plan}>"


class Loop:
    """What happens between two records."""

    def __init__(self, what, step, epochs, batch_size, rng, validation, patience, schedule, progress, capture):
        self.what, self.step, self.epochs, self.batch_size, self.rng = what, step, epochs, batch_size, rng
        self.validation, self.patience, self.schedule, self.progress = validation, patience, schedule, progress
        self.piece = max(batch_size, 1024)  # examples of the validation set at a time: all at once might not fit
        self.graph = None
        if what.where.type != "cuda":
            self.no_graph = f"CUDA graphs need CUDA, and this is {what.where}"
        elif not capture:
            self.no_graph = "as asked"
        else:
            self.no_graph = what.no_graph or ("" if len(step.X) >= batch_size else "no batch is full")

    @property
    def plan(self):
        how = f"step by step ({self.no_graph})" if self.no_graph else "every full batch one replay of a CUDA graph"
        return f"On {self.what.where}{self.what.note}, in {self.step.recipe}, {how}."

    def run(self):
        what, best, steps = self.what, Best(side.Weights(self.what.net)), 0
        if what.torch_draws:
            side.seed(self.rng)
        try:
            with progress_bar(self.epochs) if self.progress else nullcontext() as bar:
                for number in range(1, self.epochs + 1):
                    if self.schedule:
                        what.set_lr(scheduled(self.schedule, number))
                    lr = what.sync_lr()
                    mean = self.epoch(number)
                    steps += -(-len(self.step.X) // self.batch_size)
                    measured = self.measure(number) if self.validation else None
                    best.look(number, mean if measured is None else measured, keep=self.validation is not None)
                    if bar:
                        bar.update()
                        bar.set_postfix(loss=f"{mean:.4g}", best=f"{best.value:.4g}")
                    what.give_back_weights()
                    yield Record(number, lr, mean, measured, best.epoch == number)
                    if self.patience is not None and number - best.epoch >= self.patience:
                        break
        finally:
            best.restore()
            what.give_back_weights()
            what.give_back_memory(steps)

    def epoch(self, number):
        """One epoch, and its mean loss. Raises where it went wrong: then no weight has become NaN yet."""
        step, size = self.step, self.batch_size
        order = torch.from_numpy(self.rng.permutation(len(step.X))).to(step.X.device)
        before = Snapshot(step)
        mean = self.attempt(order)
        if mean is None and self.graph is not None:
            self.graph, self.no_graph = None, ("it keeps the memory of a whole step for itself, and the last, smaller "
                                               "batch does not fit beside it")
            self.say_no_graph("could be kept")
            before.restore()
            step.optimizer.zero_grad(set_to_none=True)
            if order.is_cuda:
                torch.cuda.empty_cache()
            mean = self.attempt(order)
        if mean is None:
            words = trouble.memory_words(step, order, size)
            before.restore()
            raise torch.OutOfMemoryError(words)
        if not trouble.healthy(step, mean):
            before.restore()
            words = trouble.nan_words(step, order.split(size), number)
            before.restore()  # done again, the epoch may have spoilt the weights again
            raise FloatingPointError(words)
        return mean

    def attempt(self, order):
        """The epoch's mean loss, or None where it does not fit into memory: told by a return, as an error keeps all
        that it saw on its way in memory."""
        try:
            with torch.cuda.device_of(order):  # of several GPUs, the one where the data lie; on the CPU, nothing
                if self.graph is None and not self.no_graph:
                    self.graph, self.no_graph = graph.capture(self.step, order[: self.batch_size])
                    if self.no_graph:
                        self.say_no_graph("could be recorded")
                return run_epoch(self.step, order, self.batch_size, self.graph)
        except RuntimeError as error:
            if not trouble.out_of_memory(error):
                raise
        return None

    def say_no_graph(self, verb):
        warnings.warn(f"no CUDA graph {verb}, so every step is launched kernel by kernel: {self.no_graph}",
                      stacklevel=5)

    @torch.no_grad()
    def measure(self, number):
        """The validation loss, in pieces; where one does not fit, in smaller ones from then on."""
        self.what.net.eval()
        total = None
        while total is None:
            try:
                total = sum(self.step.loss(self.what.net(x), t).item() * len(x)
                            for x, t in zip(*(a.split(self.piece) for a in self.validation)))
            except RuntimeError as error:
                if not trouble.out_of_memory(error) or self.piece == 1:
                    raise
                self.piece //= 2
        if total != total:
            raise FloatingPointError(f"the validation loss is nan in epoch {number}, though all weights are finite: "
                                     "usually the validation data hold NaN")
        return total / len(self.validation[0])
