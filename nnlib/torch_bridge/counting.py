"""How many operations on tensors a function asks for: each is an order of its own to the processor or the GPU."""

from torch.overrides import TorchFunctionMode


class _Counter(TorchFunctionMode):
    n = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.n += 1
        return function(*args, **(kwargs or {}))


def operations(function, *inputs):
    """How many operations on tensors function(*inputs) carries out, and its result.

    Everything counts that PyTorch's own functions and methods of tensors do, indexing and arithmetic with
    `+` and `@` too, and a function that calls others counts with them. So compare two counts with each
    other: where a loop goes through the data, the number grows with it.
    """
    with _Counter() as counter:
        result = function(*inputs)
    return counter.n, result
