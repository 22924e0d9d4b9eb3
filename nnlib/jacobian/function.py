"""What a function must be before its derivative can be measured, and what to say when it is not."""

import numpy as np


def real_input(x):
    """x as an array of floats (float64 unless it is float32 already). Raises TypeError for anything else."""
    x = np.asarray(x)
    if x.dtype.kind in "iub":
        raise TypeError(f"a numerical derivative moves x by a small step h, but x has dtype {x.dtype}, where a step "
                        "below 1 is lost; make it floats, for instance with x.astype(float)")
    if x.dtype.kind != "f":
        raise TypeError(f"x must be an array of real numbers (floats), but it has dtype {x.dtype}")
    if x.size == 0:
        raise ValueError(f"x has shape {x.shape}, so there is no entry to differentiate by")
    if not np.isfinite(x).all():
        raise ValueError(f"x holds {first_bad(x)}: nothing can be differentiated there")
    return x


def real_output(y):
    """y as an array of floats. Raises TypeError when f gave something else, ValueError for NaN or infinity."""
    if y is None:
        raise TypeError("f(x) is None; does every way through f end in `return …`?")
    try:
        y = np.asarray(y)
    except ValueError as error:  # rows of different lengths
        raise TypeError(f"f(x) is no array of numbers: {error}") from None
    if y.dtype.kind in "iub":
        raise TypeError(f"f(x) has dtype {y.dtype}: a function with whole values jumps or stands still, "
                        "so it has no useful derivative. Is there a round, an argmax or a comparison in f?")
    if y.dtype.kind != "f":
        raise TypeError(f"f(x) must be real numbers, but it is of dtype {y.dtype}")
    if not np.isfinite(y).all():
        raise ValueError(f"f(x) holds {first_bad(y)}; find out where it comes from before you differentiate: "
                         "a division by zero, a logarithm of 0, an exponential that is too large?")
    return y


def probe(f, x):
    """Tries f at x and returns (x, f(x)) as arrays of floats.

    Raises TypeError or ValueError, in a sentence, where x or f(x) cannot be differentiated
    by small steps: integers, NaN, nothing returned; or where f is no function of x alone:
    it changes x in place, or gives another value the second time.
    """
    x = real_input(x)
    given = x.copy()
    y = real_output(f(given)).copy()
    if not np.array_equal(given, x):
        raise ValueError("f changes its input in place, so every measurement would start from another point; "
                         "write `x = x - …` instead of `x -= …`, or work on x.copy()")
    again = real_output(f(x.copy()))
    if again.shape != y.shape or not np.allclose(again, y, rtol=1e-12, atol=0.0):
        raise ValueError("f(x) is different when it is computed again for the same x: differences of its values "
                         "measure chance, not slope. Dropout in training mode? An rng, or a counter, inside f? "
                         "Use eval(), or make a fresh rng with the same seed inside f")
    return x, y


def along(f, x, v, shape, finite=True):
    """g(t) = f(x + t v), a function of one number: all that a derivative in direction v can see.

    shape: that of f(x). A value of any other shape is a ValueError, and so is, unless `finite`
    is False, one that is not finite.
    """
    def g(t):
        y = same_shape(f(x + t * v), shape)
        if finite and not np.isfinite(y).all():
            raise ValueError(f"f gives {first_bad(y)} a step of {abs(t):.0e} away from x, though not at x itself: "
                             "x lies at the edge of where f is defined. Take a smaller h, or another x")
        return y

    return g


def same_shape(y, shape):
    """y as an array. Raises ValueError unless it has the shape that f(x) had."""
    y = np.array(y)  # a copy: f may write every result into the same array
    if y.shape != shape:
        raise ValueError(f"f(x) has shape {shape}, but a small step away from x f gives shape {y.shape}; "
                         "the shape of the result must not depend on the numbers in x")
    return y


def size_inside(y):
    """The size of the numbers that y was computed with, as far as y tells: their rounding is in y.

    It is |y|, but 1 for a tiny y that is 0 or nearly a whole multiple of 2⁻⁵³, such as log(1 + 1e-15).
    """
    y = np.abs(y)
    steps = y * 2.0**53
    coarse = (y == 0) | (np.round(steps) >= 1) & (np.abs(steps - np.round(steps)) < 1e-3)
    return np.where(coarse, np.maximum(y, 1.0), y)


def first_bad(a):
    """The first entry of a that is not finite, in words: 'nan at [3, 1]'."""
    index = tuple(int(i) for i in np.argwhere(~np.isfinite(a))[0])
    return f"{a[index]} at {list(index)}" if index else f"{a[()]}"
