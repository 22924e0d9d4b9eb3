"""Clear words about arguments, shared by layers, losses and initialisers."""

import numpy as np


def kind(x):
    """What x is, in words for an error message."""
    return f"an array of {x.dtype}" if isinstance(x, np.ndarray) else f"a {type(x).__name__}"


def need_rng(rng, who):
    """rng, if it is a NumPy generator; else a TypeError that says how to make one."""
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"{who} draws random numbers from a generator that you give: "
                        f"rng=np.random.default_rng(0); rng={rng!r} came")
    return rng
