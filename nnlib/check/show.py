"""Any object as a short, harmless text: what a student's code returns may be huge, or hostile."""

import reprlib
from itertools import islice

import numpy as np

from nnlib.check import tensors

LONGEST = 600  # characters of one value in a report


class _Short(reprlib.Repr):
    """repr() that stops early: long lists are cut in the middle of the work, not after it."""

    def __init__(self):
        super().__init__()
        self.maxlevel = 4
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = 12
        self.maxstring = self.maxother = self.maxlong = LONGEST // 2

    def repr_dict(self, x, level):  # in the order it was written; reprlib would sort
        if level <= 0 and x:
            return "{...}"
        pairs = [f"{self.repr1(k, level - 1)}: {self.repr1(v, level - 1)}" for k, v in islice(x.items(), self.maxdict)]
        return "{" + ", ".join(pairs + ["..."] * (len(x) > self.maxdict)) + "}"

    def repr_tuple(self, x, level):
        return self._parts(x, "()", level) or super().repr_tuple(x, level)

    def repr_list(self, x, level):
        return self._parts(x, "[]", level) or super().repr_list(x, level)

    def _parts(self, x, brackets, level):
        """Several arrays one below the other, or "" where there are none."""
        parts = list(islice(x, self.maxlist))
        if level <= 0 or len(parts) < 2 or not any(isinstance(p, np.ndarray) or tensors.is_tensor(p) for p in parts):
            return ""
        texts = [self.repr1(part, level - 1).replace("\n", "\n ") for part in parts]
        return brackets[0] + ",\n ".join(texts + ["..."] * (len(x) > len(parts))) + brackets[1]

    def repr_ndarray(self, x, level):
        return f"array({_numbers(x, len('array('))}, shape {x.shape}, {x.dtype})"

    def repr_Tensor(self, x, level):
        if not tensors.is_tensor(x):  # a student's own class of that name
            return self.repr_instance(x, level)
        return f"tensor({', '.join(_parts(x, lambda numbers: _numbers(numbers, len('tensor('))))})"

    repr_Parameter = repr_Tensor

    def repr_float64(self, x, level):
        return f"np.float64({float(x)!r})"


def _parts(x, numbers):
    """What there is to tell of a tensor, its numbers as the function `numbers` writes them."""
    here = tensors.device(x)
    parts = [numbers(tensors.as_array(x))] if here != "meta" else []
    parts += [f"shape {tensors.shape(x)}", tensors.dtype(x)] + [f"on {here}"] * (here != "cpu")
    return parts + ["requires_grad" if x.is_leaf else "part of a graph"] * x.requires_grad


def _numbers(x, indent):
    return np.array2string(x, precision=6, threshold=60, edgeitems=3, separator=", ", prefix=" " * indent)


_short = _Short()


def short(value, longest=LONGEST):
    """repr(value) in at most `longest` characters, without control characters. Never raises."""
    try:
        text = _short.repr(value)
    except Exception:  # a student's __repr__ may do anything
        text = f"<{type(value).__name__} object that cannot be printed>"
    return cut(printable(text), longest)


def printable(text):
    """Control characters (an escape sequence may recolour a terminal) as visible codes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def text_of(message):
    """str(message), printable. Never raises."""
    try:
        return printable(str(message))
    except Exception:
        return f"<{type(message).__name__} that cannot be printed>"


def cut(text, longest):
    return text if len(text) <= longest else text[: longest - 2] + " …"


def call_text(function, args, kwargs):
    """f(2.0, y=3) as the student would write it."""
    parts = [_argument(a) for a in args] + [f"{k}={_argument(v)}" for k, v in kwargs.items()]
    return f"{name_of(function)}({', '.join(parts)})"


def _argument(x):
    if isinstance(x, np.random.Generator):
        return "rng"
    if callable(x) and not isinstance(x, type) and isinstance(getattr(x, "__name__", None), str):
        return name_of(x)
    if type(x) is np.ndarray and x.dtype in (float, int, bool) and 0 < x.size <= 60:
        text = f"np.array({x.tolist()})"  # can be copied and run
        if len(text) <= 200:
            return text
    if type(x) is np.ndarray and x.dtype.kind in "iufb":
        return cut(f"array({_corners(x)}, shape {x.shape}, {x.dtype})", 200)
    if tensors.is_tensor(x):
        return _tensor_argument(x)
    return short(x, 200)


def _tensor_argument(x):
    plain, dtype = x.is_leaf and tensors.device(x) == "cpu", tensors.dtype(x)
    if plain and dtype in ("float32", "float64", "int64", "bool") and 0 < x.numel() <= 60:
        more = ", dtype=torch.float64" * (dtype == "float64") + ", requires_grad=True" * x.requires_grad
        text = f"torch.tensor({x.tolist()}{more})"  # can be copied and run
        if len(text) <= 200:
            return text
    return f"tensor({', '.join(_parts(x, _corners))})"


def _corners(x):
    text = np.array2string(x, threshold=12, edgeitems=2, separator=", ", formatter={"float_kind": "{:.3g}".format})
    return " ".join(text.split())


def name_of(function):
    name = getattr(function, "__name__", None)
    return printable(name) if isinstance(name, str) else f"<{type(function).__name__}>"


def kind(value):
    """What sort of thing a value is, with its article: "a list of 3", "an int", "None"."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return f"a NumPy array of shape {value.shape}"
    if tensors.is_tensor(value):
        return f"a torch tensor of shape {tensors.shape(value)}"
    if isinstance(value, (list, tuple)):
        n = (list if isinstance(value, list) else tuple).__len__(value)  # not the object's own idea of it
        return f"a {printable(type(value).__name__)} of {n}" if n else f"an empty {printable(type(value).__name__)}"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, type):
        return f"the class {name_of(value)}"
    if callable(value) and hasattr(value, "__name__"):
        return f"the function {name_of(value)} itself"
    name = printable(type(value).__name__)
    if isinstance(value, np.generic):
        name = "np." + name
    return f"{'an' if name[:1].lower() in 'aeio' else 'a'} {name}"
