"""A whole training step as one CUDA graph (section 8.4).

A small network's step is some thirty small kernels, and the CPU takes longer to launch each than the GPU to run it.
A graph records them once, with the addresses they read and write, and launches them all at once from then on.
So nothing in the step may move: the batch arrives as row numbers, written into the same small tensor every time.
"""

import warnings
from contextlib import contextmanager

import torch

from nnlib.torch_bridge.precision import products
from nnlib.torch_bridge.step import Snapshot

WARM_UP = 3  # steps before the recording: libraries choose their kernels and take their memory in the first ones


class Captured:
    """The step, recorded for batches of as many rows as `rows`. Leaves weights and optimiser as they were.

    Raises RuntimeError where the step cannot be recorded: it waits for the GPU somewhere, or its shapes change.
    """

    def __init__(self, step, rows):
        self.rows = rows.clone()
        before, total = Snapshot(step), step.total.clone()
        main = torch.cuda.current_stream(rows.device)
        side = torch.cuda.Stream(rows.device)  # recording happens on a stream of its own, so the warm-up does too
        side.wait_stream(main)
        try:
            step.net.train()
            with products(step.recipe):
                with torch.cuda.stream(side):
                    for _ in range(WARM_UP - 1):
                        step(self.rows)
                    with no_waiting():
                        step(self.rows)
                step.optimizer.zero_grad(set_to_none=True)  # the graph has gradients of its own: room for them
                self.graph = torch.cuda.CUDAGraph()
                with capturable(step.optimizer), torch.cuda.graph(self.graph, stream=side):
                    step(self.rows)
        finally:
            torch.cuda.set_stream(main)  # a recording that failed leaves its own stream behind as the current one
            main.wait_stream(side)
            before.restore()
            step.total.copy_(total)

    def __call__(self, rows):
        self.rows.copy_(rows)
        self.graph.replay()


@contextmanager
def no_waiting():
    """Waiting for the GPU is an error in here. Found only in the recording, it would leave PyTorch's random generator
    and memory as a recording has them."""
    before = torch.cuda.get_sync_debug_mode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that this switch is a prototype
        torch.cuda.set_sync_debug_mode("error")
        try:
            yield
        finally:
            torch.cuda.set_sync_debug_mode(before)


@contextmanager
def capturable(optimizer):
    """Adam insists on this flag of its own while a graph is recorded, and warns of it at every other step."""
    groups = [group for group in optimizer.param_groups if "capturable" in group]
    for group in groups:
        group["capturable"] = True
    try:
        yield
    finally:
        for group in groups:
            group["capturable"] = False


def capture(step, rows):
    """(the captured step, "") or (None, why there is none)."""
    try:
        return Captured(step, rows), ""
    except RuntimeError as error:
        if rows.is_cuda:
            torch.cuda.synchronize()
        step.optimizer.zero_grad(set_to_none=True)
        return None, str(error).strip().splitlines()[0]
