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
    """From η at t = 0 down half a cosine wave to `lowest` at t = total, and there it stays."""
    return lambda t: lowest + (lr - lowest) * (1.0 + math.cos(math.pi * min(t / total, 1.0))) / 2.0


def warmup(schedule, steps):
    """The first `steps` values of a schedule, raised in equal parts: 1/steps, 2/steps, …, 1 of what it says."""
    return lambda t: schedule(t) * min((t + 1) / steps, 1.0)
