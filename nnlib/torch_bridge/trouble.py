"""What went wrong in training, in words: NaN, too little memory, things on different devices."""

from functools import partial

import torch

from nnlib.torch_bridge.convert import describe


def finite(tensor):
    return bool(torch.isfinite(tensor).all())


def healthy(step, mean):
    """No NaN this epoch? A NaN gradient makes NaN weights, and those stay: so it is enough to look at the end."""
    weights = [torch.isfinite(p).all() for p in step.weights]
    return mean == mean and bool(torch.stack(weights).all())


def nan_words(step, batches, epoch):
    """Does the epoch again from where it began, looking at everything, and says where NaN or infinity came up first."""
    for number, rows in enumerate(batches, 1):
        if words := look(step, rows):
            return f"epoch {epoch}, step {number}: {words}"
        step.update()
        for name, p in step.net.named_parameters():
            if not finite(p):
                return (f"epoch {epoch}, step {number}: the update made {place(name)} infinite, from a finite "
                        "gradient: usually the learning rate is too large")
    return (f"epoch {epoch}: a weight is no longer a finite number, but when the epoch was done again, with other "
            "random numbers, all stayed finite; a smaller learning rate is the first thing to try")


def look(step, rows):
    """One forward and backward pass with eyes open: what is not finite first, where, and the likely cause; or None."""
    X, y = step.X[rows], step.y[rows]
    for name, data in (("X", X), ("y", y)):
        if data.is_floating_point() and not finite(data):
            bad = int((~torch.isfinite(data)).nonzero()[0, 0])
            return f"row {int(rows[bad])} of {name} is not finite: mend or drop the examples that hold NaN or infinity"
    trail, trouble = [], []  # modules in the order in which they computed; what was not finite, as numbers in it

    def watch(name, module):
        def see(module, inputs, output):
            if isinstance(output, torch.Tensor):
                trail.append((name, module))
                note(output, "forward", len(trail) - 1)
                if output.requires_grad:
                    output.register_hook(partial(note, way="backward", i=len(trail)))
        return module.register_forward_hook(see)

    def note(tensor, way, i):
        if not finite(tensor):
            trouble.append((way, i))

    hooks = [watch(name, module) for name, module in step.net.named_modules() if not list(module.children())]
    try:
        value = step.forward(rows)
        if not trouble and finite(value):
            value.backward()
    finally:
        for hook in hooks:
            hook.remove()
    if trouble and trouble[0][0] == "forward":
        name, module = trail[trouble[0][1]]
        largest = max((float(p.detach().abs().max()) for p in step.weights), default=0.0)
        return (f"{place(name)}, {describe(module)}, made NaN or infinity from finite numbers; the largest weight of "
                f"the network is {largest:.3g}: usually the learning rate is too large, so that the weights grew")
    if not finite(value):
        return (f"the loss is {value.item()} though all scores are finite: they are too large for it, usually because "
                "the learning rate is, or it takes the logarithm of 0")
    if trouble:
        i = trouble[0][1]  # the gradient was still finite above the module that computed after this one
        culprit = f"{place(trail[i][0])}, {describe(trail[i][1])}," if i < len(trail) else "the loss"
        return slope_words(f"the gradient that {culprit} passes down")
    for name, p in step.net.named_parameters():
        if p.grad is not None and not finite(p.grad):
            return slope_words(f"the gradient of {place(name)}")


def slope_words(what):
    return (f"{what} is NaN or infinite, though all numbers of the forward pass are finite: usually a root, a "
            "logarithm or a division at 0, whose slope is infinite there; add a small ε under it")


def place(name):
    """net[2].body[0].weight for PyTorch's name "2.body.0.weight"."""
    return "net" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in name.split(".") if part)


def out_of_memory(error):
    """Did an operation ask for more memory than there is? CUDA, cuBLAS, MPS and CPU say it each in its own way."""
    words = "out of memory", "ALLOC_FAILED", "can't allocate memory", "not enough memory"
    return isinstance(error, torch.OutOfMemoryError) or any(part in str(error) for part in words)


def memory_words(step, order, batch_size):
    """Which batch size to try: the largest of 1/2, 1/4, … for which a forward and a backward pass fit, tried here."""
    where = step.X.device
    size = f" ({torch.cuda.get_device_properties(where).total_memory / 2**30:.0f} GiB)" if where.type == "cuda" else ""
    tried = batch_size // 2
    while tried and not fits(step, order[:tried]):
        tried //= 2
    if tried:
        return (f"a step with batch_size={batch_size} needs more memory than there is on {where}{size}: "
                f"try batch_size={tried}, which fits")
    return (f"not even one example at a time fits into the memory of {where}{size}: is the GPU shared (nvidia-smi "
            "tells), or the network too large for it?")


def fits(step, rows):
    step.optimizer.zero_grad(set_to_none=True)
    if rows.device.type == "cuda":
        torch.cuda.empty_cache()
    try:
        step.forward(rows).backward()
        return True
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        return False
    finally:
        step.optimizer.zero_grad(set_to_none=True)


def same_device(where, **tensors):
    """Raises ValueError for a tensor that lies elsewhere than the network."""
    for name, tensor in tensors.items():
        if isinstance(tensor, torch.Tensor) and tensor.device != where:
            raise ValueError(f'the network is trained on {where}, but {name} lies on {tensor.device}: write '
                             f'{name}.to("{where}"), or hand in a NumPy array, which is copied there')
