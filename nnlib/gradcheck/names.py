"""One long vector for the check, named arrays for people."""

import numpy as np

from nnlib.jacobian.function import real_input


class Named:
    """x, an array or a dict of arrays, as one flat vector and back again.

    Raises TypeError or ValueError for what no numerical derivative can be taken by.
    """

    def __init__(self, x):
        self.single = not isinstance(x, dict)
        arrays = {"": x} if self.single else x
        if not arrays:
            raise ValueError("x is an empty dict, so there is nothing to differentiate by")
        arrays = {name: _named_input(name, a) for name, a in arrays.items()}
        self.shapes = {name: a.shape for name, a in arrays.items()}
        self.flat = np.concatenate([a.ravel() for a in arrays.values()])
        ends = np.cumsum([a.size for a in arrays.values()])
        self.slices = {name: slice(end - a.size, end) for (name, a), end in zip(arrays.items(), ends)}

    def restore(self, flat):
        """The vector as it came: an array of x's shape, or a dict."""
        if self.single:
            return flat.reshape(self.shapes[""])
        return {name: flat[piece].reshape(self.shapes[name]) for name, piece in self.slices.items()}

    def columns(self, gradient, out):
        """The claimed gradient as a matrix (outputs, entries), and the names of the arrays that came transposed.

        out: the shape of f(x). Raises ValueError, naming both shapes, where one does not fit.
        """
        if self.single:
            gradient = {"": gradient}
        elif not isinstance(gradient, dict) or set(gradient) != set(self.shapes):
            came = f"a {type(gradient).__name__}"
            if isinstance(gradient, dict):
                came = f"keys {', '.join(map(str, gradient))}"
            raise ValueError(f"x is a dict with keys {', '.join(self.shapes)}, so its gradient is one too, "
                             f"but {came} came")
        pieces, transposed = [], []
        for name, shape in self.shapes.items():
            if gradient[name] is None:
                raise ValueError(f"the gradient {self.label(name)} is None; was it computed, and returned?")
            g, wanted = np.asarray(gradient[name]), out + shape
            g = g.astype(float) if g.dtype.kind in "iu" else g
            if g.dtype.kind != "f":
                raise TypeError(f"the gradient {self.label(name)} must hold real numbers, but its dtype is {g.dtype}")
            if g.shape != wanted and g.ndim == 2 and g.shape == wanted[::-1]:
                g, transposed = g.T, [*transposed, name]
            if g.shape != wanted:
                rule = ": outputs first, then inputs" if out else ", that of what it is taken by"
                hint = ""
                if g.shape[1:] == wanted and g.shape[:1] > (1,):
                    hint = f". Is the sum over the {g.shape[0]} examples of the batch missing, .sum(axis=0)?"
                elif g.size == np.prod(wanted):
                    hint = f". The numbers are as many as they should be; .reshape{wanted}?"
                raise ValueError(f"the gradient {self.label(name)} has shape {g.shape}, but f(x) has shape {out} and "
                                 f"{name or 'x'} {shape}, so it must have shape {wanted}{rule}{hint}")
            pieces.append(g.reshape(-1, int(np.prod(shape))))
        return np.concatenate(pieces, axis=1), transposed

    def label(self, name):
        return f"by {name or 'x'}"

    def array_of(self, j):
        """(name, slice) of the array that holds entry j of the vector."""
        return next((name, piece) for name, piece in self.slices.items() if piece.start <= j < piece.stop)

    def entry(self, out, i, j):
        """The name of the derivative of output i by entry j: 'W1[2, 3]', or with several outputs 'f[0] by x[2]'."""
        name, piece = self.array_of(j)
        by = (name or "x") + _brackets(np.unravel_index(j - piece.start, self.shapes[name]))
        return f"f{_brackets(np.unravel_index(i, out))} by {by}" if out else by


def _brackets(index):
    return str([int(k) for k in index]) if len(index) else ""


def _named_input(name, a):
    try:
        return real_input(a)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: {error}" if name else str(error)) from None
