"""What a step of gradient descent tells, new = old − lr · gradient: it can be missing, too long, or go uphill."""

import numpy as np

from nnlib.check.case import close, flat, numbers


def _update(case):
    """(old, got, expected) of an update, three lists of arrays; None where it is none.

    An update is a function with an argument `lr`; the old parameters are those arguments that
    have the shapes of the new ones, in the same order.
    """
    got, wanted = flat(case.got), flat(case.expected)
    shapes = [a.shape for a in wanted]
    if not isinstance(case.given.get("lr"), float) or not wanted or [a.shape for a in got] != shapes:
        return None
    old = numbers(flat(list(case.given.values())))
    starts = (old[k : k + len(wanted)] for k in range(len(old) - len(wanted) + 1))
    start = next((part for part in starts if [a.shape for a in part] == shapes), None)
    return start and (start, got, wanted)


def _step(case):
    """How many times too long the step is that an update took; None where that is no single number."""
    update = _update(case)
    if update is None:
        return None
    taken, right = (np.concatenate([np.ravel(new - p) for p, new in zip(update[0], news)]) for news in update[1:])
    times = float(taken @ right) / max(float(right @ right), 1e-300)
    return times if np.allclose(taken, times * right, 1e-6, 1e-10) else None


def _some_stay(case):
    update = _update(case)
    if update is None:
        return False
    right = [close(g, e) for g, e in zip(*update[1:])]
    stays = [close(g, p) for p, g in zip(*update[:2])]
    return any(right) and not all(right) and all(r or s for r, s in zip(right, stays))


def _some_uphill(case):
    """Some parts moved as they should and the others the other way."""
    update = _update(case)
    if update is None:
        return False
    parts = [(close(g, e), close(g, 2 * p - e)) for p, g, e in zip(*update)]
    return any(up and not right for right, up in parts) and all(right or up for right, up in parts)


def _step_alone(case):
    """The step, or the gradient, in place of the new parameters."""
    update = _update(case)
    if update is None:
        return False
    old, came, wanted = (np.concatenate([np.ravel(x) for x in part]) for part in update)
    lr, step = case.given["lr"], wanted - old
    return old.any() and lr != 0 and any(close(came, times * step) for times in (1.0, -1.0, 1 / lr, -1 / lr))


def _times(case, *factors):
    step = _step(case)
    return step is not None and any(abs(step - f) <= 1e-6 * max(abs(f), 1e-3) for f in factors)


def _rate(case, power):
    lr = case.given.get("lr")
    return isinstance(lr, float) and lr not in (0.0, 1.0) and _times(case, lr**power)


STEPS = {
    "step-missing": lambda case: _times(case, 0.0),
    "one-not-moved": _some_stay,
    "ascent": _some_uphill,
    "step-alone": _step_alone,
    "rate-twice": lambda case: _rate(case, 1),
    "rate-forgotten": lambda case: _rate(case, -1),
}
