"""How many digits the products of a step carry (section 8.4).

float32: 24 bits of a number count.  tf32: float32 outside, 11 bits inside the products.  bf16: 8 bits, half the
memory and, on a GPU that has units for it, by far the fastest; weights, sums and the loss stay float32.
"""

from contextlib import contextmanager, nullcontext

import torch

WORTH_IT = 1e10  # floating point operations of a step above which products, not launches, take the time


def choose(precision, net, where, batch_size):
    """The recipe for a network on a device: "float64", "float32", "tf32" or "bf16"; or clear words.

    "auto": bf16 for a float32 network on a CUDA device that has units for it (compute capability 8 and up), if
    a step is large enough; else the network's own type, so that the CPU always computes as NumPy does.
    """
    own = str(next((p.dtype for p in net.parameters() if p.is_floating_point()), torch.float32)).removeprefix("torch.")
    if precision == "auto":
        modern = where.type == "cuda" and torch.cuda.get_device_capability(where) >= (8, 0)
        return "bf16" if own == "float32" and modern and operations(net, batch_size) >= WORTH_IT else own
    if precision == own:
        return own
    if precision not in ("tf32", "bf16"):
        raise ValueError(f'precision is "auto", "tf32", "bf16" or the type of the network, {own!r} here, '
                         f"but {precision!r} came")
    if own != "float32":
        raise ValueError(f'precision="{precision}" shortens the products of a float32 network, but this one '
                         f"holds {own}")
    if precision == "tf32" and where.type != "cuda":
        raise ValueError(f'precision="tf32" is a format of NVIDIA GPUs, but this network is trained on {where}')
    return precision


def operations(net, batch_size):
    """Floating point operations of the products of one step: each weight of a matrix takes part in three products,
    forward, for its own gradient and for the gradient below, with one multiplication and one addition an example."""
    return 6 * batch_size * sum(p.numel() for p in net.parameters() if p.ndim == 2)


def autocast(recipe, where):
    """The context for forward pass and loss. No cache of shortened weights: each is used once, and a CUDA graph
    must shorten them anew at every replay."""
    if recipe == "bf16":
        return torch.autocast(where.type, torch.bfloat16, cache_enabled=False)
    return nullcontext()


@contextmanager
def products(recipe):
    """The context for a whole epoch: tf32 is a switch of the process, so it is turned back afterwards."""
    if recipe != "tf32":
        yield
        return
    before, turn = switch()
    turn("high")
    try:
        yield
    finally:
        turn(before)


def switch():
    """(how it stands, the function that turns it). PyTorch has two, an old one and a new one, and they do not mix: once
    a process has used the new one, the old one raises."""
    try:
        return torch.get_float32_matmul_precision(), torch.set_float32_matmul_precision
    except RuntimeError:
        matmul = torch.backends.cuda.matmul
        return matmul.fp32_precision, lambda to: setattr(matmul, "fp32_precision", "tf32" if to == "high" else to)
