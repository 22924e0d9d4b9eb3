"""Are these the mini-batches of a training loop? Any order of the examples is right; this says what is wrong."""

from collections import Counter

from nnlib.check.show import kind


def mini_batches(n, batch_size, epochs):
    """A test for `satisfies`: a list of batches, each a pair (examples, targets), seen one after the other.

    Example k has the target k, 0 to n − 1. Every epoch shows each example once, in an order of its own, in batches
    of `batch_size`, the last one smaller where it must be. Who asks twice in a row for every batch, once for the loss
    and once for the gradient, has shown them all the same. Returns None, else (mistake, sentence).
    """
    sizes = [min(batch_size, n - start) for start in range(0, n, batch_size)]

    def fault(batches):
        if not isinstance(batches, list) or not batches:
            return "", f"{kind(batches)} came where the batches were expected: the gradient was never asked for"
        for k, (examples, targets) in enumerate(batches):
            if len(examples) != len(targets) or list(examples) != list(targets):
                return "pairs-broken", f"batch {k} holds the examples {_few(examples)} with the targets {_few(targets)}"
        seen = [list(examples) for examples, _ in batches]
        came = [len(batch) for batch in seen]
        if seen[::2] == seen[1::2] and came[::2] == sizes * epochs:
            seen, came = seen[::2], came[::2]
        told = f"the batches have the sizes {_few(came)}; expected were, in each of {epochs} epochs, {_few(sizes)}"
        if came != sizes * epochs:
            return _sizes_fault(came, sizes, epochs, n, batch_size), told
        flat = [example for batch in seen for example in batch]
        orders = [flat[k * n : (k + 1) * n] for k in range(epochs)]
        for k, order in enumerate(orders):
            twice = [example for example, count in Counter(order).items() if count > 1]
            if twice:
                return "with-replacement", f"in epoch {k} example {twice[0]:g} comes {order.count(twice[0])} times"
        if any(order == sorted(order) for order in orders):
            return "not-shuffled", f"the examples come in the order {_few(flat)}, as they were given"
        if epochs > 1 and all(order == orders[0] for order in orders):
            return "same-order", f"every epoch has the order {_few(orders[0])}"
        return None

    return fault


def _sizes_fault(came, sizes, epochs, n, batch_size):
    full = [size for size in sizes if size == batch_size]
    if came == sizes:
        return "one-epoch"
    if came == sizes * (len(came) // len(sizes)):
        return "epoch-count"
    if came == full * epochs:
        return "last-batch-dropped"
    if set(came) == {n} and batch_size < n:
        return "whole-batch"
    if set(came) == {1} and batch_size > 1:
        return "single-examples"
    if batch_size < n and [size for size in came if size != n] == sizes * epochs:
        return "whole-set-too"
    return "batch-sizes"


def _few(numbers):
    numbers = [f"{x:g}" for x in numbers]
    return ", ".join(numbers[:12]) + (", …" if len(numbers) > 12 else "")
