"""From claimed and measured derivatives to a verdict in a sentence."""

import numpy as np

from nnlib.gradcheck.causes import Wrong, likely_cause
from nnlib.gradcheck.report import Report, Worst
from nnlib.gradcheck.vcurve import v_curve
from nnlib.jacobian.function import size_inside

UNCLEAR = 1e-4  # rounding that hides more than this part of the gradient leaves the question open


class Comparison:
    """Everything a verdict is drawn from; matrices are (outputs, entries of x or directions)."""

    def __init__(self, f, x, y, named, jacobian, transposed, claimed, measured, noise, rtol, directions):
        self.f, self.x, self.y, self.named, self.jacobian = f, x, y, named, jacobian
        self.transposed, self.claimed, self.measured, self.directions = transposed, claimed, measured, directions
        self.rtol, self.noise, self.outputs = rtol, noise.reshape(-1, 1), np.abs(y).reshape(-1, 1)
        c, m = claimed, measured
        finite = np.where(np.isfinite(c), np.abs(c), 0.0)
        terms = finite if directions is None else np.abs(jacobian) @ np.abs(directions).T  # these are summed in J v
        self.claimed_size = np.nan_to_num(terms).max(axis=1, keepdims=True)
        self.size = np.maximum(self.claimed_size, np.abs(m.slope).max(axis=1, keepdims=True))  # of an output's slopes

        self.zero = 8 * np.finfo(float).eps * size_inside(self.outputs)  # a slope below is 0 but for rounding

        # A claim is right within rtol of its size, and within what measuring and float arithmetic leave open.
        rounding = 64 * np.finfo(jacobian.dtype).eps + (0.0 if m.error.any() else 1e-12)
        rounding = rounding * self.size + 300 * self.noise + self.zero  # the claim was rounded about as f was
        self.tolerance = rtol * np.abs(m.slope) + 3 * m.error + rounding
        low, high = np.minimum(m.left, m.right) - self.tolerance, np.maximum(m.left, m.right) + self.tolerance
        self.wrong = ~((low <= c) & (c <= high))  # at a kink, any slope between left and right will do; NaN never
        scale = np.maximum(np.maximum(finite, np.abs(m.slope)), np.maximum(1e-3 * self.size.max(), self.zero))
        self.relative = np.divide(np.abs(c - m.slope), scale, out=np.zeros_like(m.slope), where=scale > 0)

    def entry(self, i, j):
        return self.named.entry(self.y.shape, i, j) if self.directions is None else f"direction {j}"

    def worst(self):
        """(i, j) of the entry that is furthest off; among the wrong ones, if there are any."""
        off = np.where(self.wrong | ~self.wrong.any(), np.nan_to_num(self.relative, nan=np.inf), -1.0)
        off = np.where(self.measured.kink & (self.wrong & ~self.measured.kink).any(), -1.0, off)
        return np.unravel_index(np.argmax(off), off.shape)


def judge(it):
    """The Report on a Comparison: wrong before kink, kink before noise, noise before right."""
    i, j = it.worst()
    worst = Worst(it.entry(i, j), float(it.claimed[i, j]), float(it.measured.slope[i, j]))
    cause = direction = None
    coarse = _float32(it)
    if it.transposed or it.wrong.any() and not (coarse and _reaches_kinks(it)):
        verdict = "wrong"
        cause, sentence = _wrong(it, worst)
        if it.directions is not None:
            direction = it.directions[j]
        else:
            direction = np.where(np.arange(it.x.size) == j, 1.0, 0.0)
    elif it.measured.kink.any() and not it.wrong.any():
        verdict, sentence = "kink", _kink(it)
    elif coarse:
        verdict = "float32"
        sentence = (f"float32 noise: claimed and measured differ by {it.relative.max():.0e}, and {coarse} allows no "
                    "sharper look. Use float64 for the check, also everywhere inside f.")
    elif _hidden(it, UNCLEAR):
        verdict = "noise"
        sentence = (f"Noise: rounding in f, about {it.noise.max():.0e}, hides derivatives of size {it.size.max():.0e}. "
                    "Does f compute with float32 somewhere, has it a large part that does not depend on x, do large "
                    "numbers cancel, or is a unit saturated? Mend that, or check at another x.")
    else:
        verdict = "right"
        one, many = ("entry", "entries") if it.directions is None else ("random direction", "random directions")
        what = one if it.claimed.size == 1 else many
        rest = ", which is what rounding in f leaves" if it.relative.max() > it.rtol else ""
        sentence = f"Right: the largest relative error is {it.relative.max():.0e}, over {it.claimed.size} {what}{rest}."
    return Report(verdict, sentence.strip(), float(it.relative.max()), worst, it.claimed, it.measured.slope, cause,
                  lambda: v_curve(it.f, it.x, it.jacobian.reshape(*it.y.shape, -1), direction))


def _wrong(it, worst):
    """(cause, sentence)"""
    digits = 6 if f"{worst.claimed:.6g}" != f"{worst.measured:.6g}" else 12  # so many that one sees them differ
    values = f"{worst.entry}: claimed {worst.claimed:.{digits}g}, measured {worst.measured:.{digits}g}"
    if it.transposed:
        by = " and ".join(map(it.named.label, it.transposed))
        if not it.wrong.any():
            return "transposed", f"Wrong derivative: the gradient {by} is the transpose of the right one."
        return None, (f"Wrong derivative: the gradient {by} came with its axes exchanged. With them exchanged back, "
                      f"{it.wrong.sum()} of {it.wrong.size} entries are still wrong; the worst, {values}.")
    if not (it.wrong & ~it.measured.kink).any():
        return None, (f"Wrong derivative in {it.wrong.sum()} of {it.wrong.size} entries; the worst, {worst.entry}, "
                      f"stands at a kink of f, where any slope from {_sides(it)} would do, but {worst.claimed:.6g} is "
                      "claimed.")
    seen = it.wrong & ~it.measured.kink
    if not it.measured.slope.any() and np.isfinite(it.claimed).all():
        cause, why = "no effect", ("f does not change at all when x does: does it compute with its argument, or with "
                                   "an array from outside?")
    else:
        cause, why = _cause(it, seen, _is_transpose(it))
    if cause is None and it.directions is None and len(it.named.slices) > 1:  # each array may have a mistake of its own
        name, piece = it.named.array_of(it.worst()[1])
        here = np.zeros_like(seen)
        here[:, piece] = seen[:, piece]
        cause, why = _cause(it, here, False)
        why = why and f"By {name} alone: {why}"
    if it.directions is not None:
        where = f"{it.wrong.any(axis=0).sum()} of {it.wrong.shape[1]} random directions"
    else:
        where = f"{it.wrong.sum()} of {it.wrong.size} entries"
        names = [name for name, piece in it.named.slices.items() if it.wrong[:, piece].any()]
        if len(names) == 1 and len(it.named.slices) > 1:
            where += f", all of them by {names[0]}"
    return cause, f"Wrong derivative in {where}; the worst, {values}. {why}"


def _cause(it, seen, transposed):
    if not np.isfinite(it.jacobian).all():  # along a direction, ∞ may have become NaN
        return likely_cause(Wrong(it.jacobian, it.jacobian, it.jacobian), transposed)
    x = np.broadcast_to(it.x.ravel(), seen.shape)[seen] if it.directions is None else None
    return likely_cause(Wrong(it.claimed[seen], it.measured.slope[seen], it.tolerance[seen], x), transposed)


def _sides(it):
    i, j = it.worst()
    return " to ".join(f"{side:.4g}" for side in sorted((it.measured.left[i, j], it.measured.right[i, j])))


def _is_transpose(it):
    """Whether every wrong entry becomes right when the two axes of its square matrix are exchanged."""
    if it.directions is not None:
        return False
    c, m = it.claimed, it.measured.slope
    if len(it.y.shape) == 1 and c.shape[0] == c.shape[1]:  # a Jacobian
        return bool((np.abs(c.T - m) <= it.tolerance).all())
    for name, piece in it.named.slices.items():  # gradients of matrices
        shape = it.named.shapes[name]
        if it.wrong[:, piece].any():
            if len(shape) != 2 or shape[0] != shape[1]:
                return False
            flipped = c[:, piece].reshape(-1, *shape).swapaxes(1, 2).reshape(len(c), -1)
            if not (np.abs(flipped - m[:, piece]) <= it.tolerance[:, piece]).all():
                return False
    return True


def _kink(it):
    i, j = np.argwhere(it.measured.kink)[0]
    left, right = it.measured.left[i, j], it.measured.right[i, j]
    if np.isinf(left) or np.isinf(right):
        return (f"A jump: f is not continuous at this input ({it.entry(i, j)}), so it has no derivative there. "
                "A step function, a comparison or a round inside f?")
    return (f"A kink at this input, as of ReLU at 0: by {it.entry(i, j)}, the slope is {left:.4g} on one side and "
            f"{right:.4g} on the other. The claimed value lies between; check at an input a little away.")


def _float32(it):
    """What is coarser than float64 here, in words, or None."""
    for what, a in (("x", it.x), ("f(x)", it.y), ("the gradient", it.jacobian)):
        if np.finfo(a.dtype).eps > 1e-10:
            return f"the {a.dtype} of {what}"
    rounded = (it.y.astype(np.float32) == it.y).all()  # the digits that a float64 would use are all 0
    part = it.noise / np.maximum(np.maximum(it.outputs.max(), it.size), 1e-300)
    if rounded and ((part > 1e-10) & (part < 1e-6)).any() and _hidden(it, 1e-6):
        return "some float32 inside f"
    return None


def _reaches_kinks(it):
    """Whether all that is wrong may come from the steps, which float32 makes so large that they reach kinks beside x:
    no mistake that has a name, and slopes on both sides of what is claimed."""
    m = it.measured
    seen = it.wrong & ~m.kink
    between = (m.low - it.tolerance <= it.claimed) & (it.claimed <= m.high + it.tolerance)
    return bool(between[seen].all()) and not (seen.any() and _cause(it, seen, _is_transpose(it))[0])


def _hidden(it, part):
    """Whether an error bar is longer than this part of the derivatives; where these are claimed to be 0, than what
    moves f by a millionth of itself."""
    limit = np.full_like(it.claimed_size, part * it.size.max())
    limit = np.where(it.claimed_size > it.zero, limit, np.maximum(limit, 1e-6 * size_inside(it.outputs)))
    return bool((it.measured.error > limit).any())
