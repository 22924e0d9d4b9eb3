"""The optimisers of nnlib.nn in PyTorch: the same rule, the same memory of earlier steps (section 4.4).

They begin where nnlib's stands and, after training, that one stands where they ended: one may go on on either side.
"""

import numpy as np
import torch

from nnlib import nn
from nnlib.torch_bridge.convert import array

# Where PyTorch keeps what ours keeps. Ours holds Adam's m and v divided by 1 − β (see nnlib.nn.optim).
MEMORY = {nn.SGD: {}, nn.Momentum: {"momentum_buffer": "v"}, nn.Nesterov: {"momentum_buffer": "v"},
          nn.Adam: {"exp_avg": "m", "exp_avg_sq": "v"}, nn.AdamW: {"exp_avg": "m", "exp_avg_sq": "v"}}


def torch_optimizer(optimizer, parameters, where):
    """The twin of an nnlib optimiser, for `parameters`, a list of (nnlib Parameter, torch parameter).

    Its memory is filled in from the start, so that no first step differs from the others, and on CUDA its learning
    rate is a number on the GPU: both for the sake of a CUDA graph, which repeats the same kernels on the same memory.
    """
    kind = type(optimizer)
    if kind not in MEMORY:
        raise TypeError(f"a network of nnlib needs an optimiser of nnlib.nn ({', '.join(k.__name__ for k in MEMORY)}), "
                        f"but a {kind.__name__} came")
    ours = set(optimizer.parameters)
    if ours != {p for p, _ in parameters}:
        raise ValueError("this optimiser was made for another network: make it with net.parameters() of this one")
    tensors = list(dict.fromkeys(tensor for _, tensor in parameters))
    # As float32, whatever the default type is: the fused kernels read it as that.
    lr = torch.tensor(optimizer.lr, dtype=torch.float32, device=where) if where.type == "cuda" else optimizer.lr
    shared = {"lr": lr, "weight_decay": optimizer.weight_decay, "fused": where.type in ("cuda", "cpu")}
    if issubclass(kind, nn.Adam):
        maker = torch.optim.AdamW if kind is nn.AdamW else torch.optim.Adam
        twin = maker(tensors, betas=optimizer.betas, eps=optimizer.eps, **shared)
    else:
        momentum = getattr(optimizer, "momentum", 0.0)
        # Without momentum the two are one, and PyTorch refuses Nesterov's name for it.
        twin = torch.optim.SGD(tensors, momentum=momentum, nesterov=kind is nn.Nesterov and momentum > 0.0, **shared)
    steps_at = where if shared["fused"] else "cpu"
    for tensor, memory in memories(optimizer, parameters):
        for theirs, (numbers, scale) in memory.items():
            # By rows, as the parameter lies in memory: the fused kernels walk through both as they lie.
            twin.state[tensor][theirs] = torch.from_numpy(np.array(numbers * scale, order="C")).to(where)
        if issubclass(kind, nn.Adam):
            twin.state[tensor]["step"] = torch.tensor(float(optimizer.t), dtype=torch.float32, device=steps_at)
    return twin


def give_back(twin, optimizer, parameters, steps):
    """Copies the memory of the twin into the nnlib optimiser, after so many steps."""
    optimizer.t += steps
    for tensor, memory in memories(optimizer, parameters):
        for theirs, (numbers, scale) in memory.items():
            numbers[...] = array(twin.state[tensor][theirs]) / scale


def memories(optimizer, parameters):
    """(torch parameter, {PyTorch's name: (our numbers for that parameter, theirs / ours)}), one a parameter."""
    twins = dict(parameters)
    betas = getattr(optimizer, "betas", None)
    scales = {"exp_avg": 1.0 - betas[0], "exp_avg_sq": 1.0 - betas[1]} if betas else {"momentum_buffer": 1.0}
    rows = {theirs: nn.optim.pieces(getattr(optimizer, ours), optimizer.parameters)
            for theirs, ours in MEMORY[type(optimizer)].items()}
    for i, p in enumerate(optimizer.parameters):
        yield twins[p], {theirs: (pieces[i], scales[theirs]) for theirs, pieces in rows.items()}


def set_lr(twin, lr):
    """A new learning rate; where it is a tensor, in place, so that a captured graph sees it."""
    for group in twin.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(lr)
        else:
            group["lr"] = lr
