"""Learning rate schedules (section 4.4): functions of the time t = 0, 1, 2, … that return η.

The unit of t is the caller's: `train` counts epochs. Each of these makes such a function.
"""

import math


def step_decay(lr, every, factor=0.1):
    """η · factor^⌊t/every⌋: a drop now and then."""
    return lambda t: lr * factor ** (t // every)


def exponential(lr, factor):
    """η · factor^t: the same percentage every time."""
    return lambda t: lr * factor**t


def cosine(lr, total, lowest=0.0):
    """η_low + (η − η_low)(1 + cos(πt/T))/2 up to T = total, then η_low = `lowest`. Loshchilov and Hutter, 2017."""
    return lambda t: lowest + (lr - lowest) * (1.0 + math.cos(math.pi * min(t / total, 1.0))) / 2.0


def warmup(schedule, steps):
    """The first `steps` values of a schedule, raised in equal parts: 1/steps, …, 1 of each. Goyal et al., 2017."""
    return lambda t: schedule(t) * min((t + 1) / steps, 1.0)
