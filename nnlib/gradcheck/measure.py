"""A derivative measured together with what is known of its error: noise, several steps h, kinks.

One step h gives a number but not its worth. Many steps do: where the numbers for h and
h/10 agree, both are good; what they differ by is an error bar. And the slopes to the left
and to the right of x become equal with falling h, unless there is a kink.
"""

from typing import NamedTuple

import numpy as np

from nnlib.jacobian import along, step_size

LADDER = 10.0 ** -np.arange(1, 13)  # steps for a doubtful entry, times the scale of x
VISIBLE = 1e-3  # a difference between left and right slope that counts, relative to the slopes
SHARP = 1e-4  # an error bar, relative to the gradient's size, that needs no second look
SAFETY = 10.0  # how many standard deviations of rounding noise are still noise


class Measured(NamedTuple):
    """The derivative of f in one direction, each an array of f(x)'s shape."""

    slope: np.ndarray
    error: np.ndarray  # how far off `slope` may be
    left: np.ndarray  # slopes on either side, where `kink`; else equal to `slope`
    right: np.ndarray
    kink: np.ndarray  # True where they stay different
    low: np.ndarray  # the smallest and the largest slope seen from x on either side, with any step
    high: np.ndarray


def generic_direction(x):
    """A direction that moves every entry of x by a different amount; no chance involved."""
    return (np.cos(np.arange(1.0, x.size + 1.0)).reshape(x.shape) * np.maximum(1.0, np.abs(x))).astype(x.dtype)


def noise_of(f, x, y):
    """The rounding noise of f near x: a standard deviation for each output.

    Sixteen values of f on a short line. A smooth f is a parabola there, whose third
    differences vanish; what they keep is noise, √20 times larger (after Moré and Wild 2011).
    The 0.7-quantile, 1.04 standard deviations, overlooks a kink. Two signs tell of a line of
    the wrong length: f hardly moves, its values are so coarse that the line must be longer;
    or the fourth differences, in noise the largest, are far smaller than the third: f is no
    parabola here. The noisiest of the good lines counts; at the least, the last digits of f.
    """
    noise = 2 * max(np.finfo(a.dtype).eps for a in (x, y)) * np.abs(y)
    settled = np.zeros(y.shape, dtype=bool)
    g = along(f, x, generic_direction(x), y.shape, finite=False)
    for spacing in (1e-6, 1e-9, 1e-12, 1e-4, 1e-2, 1e-1):
        if spacing not in (1e-6, 1e-9) and settled.all():
            break
        with np.errstate(all="ignore"):  # the line may leave the domain of f
            values = np.array([g(spacing * k) for k in range(-8, 8)], dtype=float)
            third, fourth = (np.quantile(np.abs(np.diff(values, n=n, axis=0)), 0.7, axis=0) for n in (3, 4))
            good = ((np.diff(values, axis=0) != 0).sum(axis=0) >= 8) & (fourth >= third / 2)  # False for NaN
        if spacing not in (1e-6, 1e-9):
            good &= ~settled
        noise = np.where(good, np.fmax(noise, third / (1.04 * 20**0.5)), noise)
        settled |= good
    return noise


def measure(f, x, v, y, noise, claimed, size, rtol):
    """The derivative of f at x in direction v by central differences, as Measured.

    noise: that of each output.    claimed: the derivative to compare with.    size: how large
    derivatives of each output are. Two evaluations where all is clear: the claim fits, the
    error bar is short, left and right agree. Else two dozen more, down the ladder of steps.
    """
    g = along(f, x, v, y.shape, finite=False)
    coarse = x.astype(y.dtype) if y.dtype.itemsize < x.dtype.itemsize else x
    h = step_size(coarse, "central", v)
    with np.errstate(all="ignore"):  # a step may leave the domain of f; it is not used then
        plus, minus = g(h), g(-h)
        slope, jump = (plus - minus) / (2 * h), (plus - 2.0 * y + minus) / h
        error = SAFETY * noise / h
        large = np.maximum(np.abs(slope), np.abs(claimed))
        clear = ((np.abs(slope - claimed) <= rtol * large + error) & (error <= SHARP * np.maximum(large, size))
                 & (np.abs(jump) <= VISIBLE * large + 4 * error))
        if clear.all():
            return Measured(slope, error, slope, slope, np.zeros(y.shape, dtype=bool), slope, slope)
        steps = LADDER * step_size(x, "central", v) / np.finfo(x.dtype).eps ** (1 / 3)
        return _down_the_ladder(g, y, noise, steps.tolist(), claimed, rtol)


def _down_the_ladder(g, y, noise, steps, claimed, rtol):
    """Measured, from the step where the numbers hold still best."""
    plus, minus = np.array([g(h) for h in steps], float), np.array([g(-h) for h in steps], float)
    h = np.reshape(steps, (-1, *[1] * y.ndim))
    slope, left, right, rounding = (plus - minus) / (2 * h), (y - minus) / h, (plus - y) / h, SAFETY * noise / h
    usable = np.isfinite(slope)

    # A kink within reach of a step: left and right slope differ, and hardly less than one step before.
    jump = np.where(usable, np.abs(right - left), 0.0)
    visible = jump > np.maximum(VISIBLE * np.maximum(np.abs(left), np.abs(right)), 2 * rounding)
    seen = np.zeros_like(visible)
    seen[1:] = visible[1:] & visible[:-1] & (jump[1:] > 0.5 * jump[:-1])
    blocked = seen | ~usable
    last = np.where(blocked.any(axis=0), len(steps) - 1 - np.argmax(blocked[::-1], axis=0), -1)

    # The error bar of a step: what the step before differs by, and rounding. Steps up to `last` do not count.
    bar = np.abs(np.diff(slope, axis=0)) + rounding[1:]
    place = np.reshape(np.arange(len(bar)), (-1, *[1] * y.ndim))
    bar = np.where((place > last) & np.isfinite(bar), bar, np.inf)
    best = np.argmin(bar, axis=0)
    error = _pick(bar, best)
    kink = error > 0.1 * _pick(jump, np.maximum(last, 0))
    kink &= _pick(seen, np.maximum(last, 0))
    # Where the claim is far off, one more look: to steps that are too coarse, a sharp bend of f is a kink, or noise.
    fits = _bends_sharply(slope, left, right, np.abs(y) / h, claimed, rtol)
    found = fits.any(axis=0) & (kink | (np.abs(_pick(slope, best + 1) - claimed) > 1e-2 * np.abs(claimed)))
    kink, error = kink & ~found, np.where(found, rtol * np.abs(claimed), error)
    best = np.where(found, np.argmax(fits, axis=0) - 1, best)

    if not (kink | np.isfinite(error)).all():
        raise ValueError("f is not finite close to x, though at x itself it is: x lies at the edge of where f is "
                         "defined. Check the gradient at another x")

    at = np.where(kink, np.maximum(last - 2, 0), best + 1)  # a kink beside x spoils the shortest steps
    low = np.where(usable, np.minimum(left, right) + rounding, np.inf).min(axis=0)
    high = np.where(usable, np.maximum(left, right) - rounding, -np.inf).max(axis=0)
    slope, left, right = (_pick(side, at) for side in (slope, left, right))
    broken = kink & (_pick(jump, np.maximum(last, 1)) > 5 * _pick(jump, np.maximum(last, 1) - 1))  # no kink but a jump
    left = np.where(broken & (np.abs(left) > np.abs(right)), np.copysign(np.inf, left), left)
    right = np.where(broken & (np.abs(right) >= np.abs(left)), np.copysign(np.inf, right), right)
    return Measured(slope, np.where(kink, _pick(rounding, at), error), np.where(kink, left, slope),
                    np.where(kink, right, slope), kink, low, high)


def _bends_sharply(slope, left, right, coarseness, claimed, rtol):
    """For each step: does it meet the claim in the middle and on both sides, and the next, shorter one, too?"""
    size = np.abs(claimed)
    fits = (np.abs(slope - claimed) <= rtol * size) & (size > 0)
    fits &= 10 * np.finfo(float).eps * coarseness <= rtol * size
    fits &= np.maximum(np.abs(left - claimed), np.abs(right - claimed)) <= 1e-2 * size
    fits[:-1] &= np.abs(slope[1:] - claimed) <= 1e-3 * size
    fits[-1] = False
    return fits


def _pick(a, index):
    """For each output, the entry of a at the step that `index` names."""
    return np.take_along_axis(a, index[None], axis=0)[0]
