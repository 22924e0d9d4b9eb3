"""Values as bytes, between two processes that do not trust each other.

Plain data crosses by value: numbers, texts, None, lists, tuples, dicts, sets, NumPy arrays (their raw bytes,
with dtype and shape), random generators, tensors. Everything else stays where it is, and the other side gets a
handle. Nothing is ever unpickled, no name is looked up but those of a short list, and what the bytes claim
about their size is checked before any memory is taken.
"""

from __future__ import annotations

import builtins
import gc
import math
import re
import sys
from dataclasses import dataclass

import msgpack
import numpy as np

DEEPEST = 60  # of containers within containers that Python itself unpacks
LONGEST_INT = 100_000  # bits

TUPLE, SET, FROZENSET, INT, COMPLEX, ARRAY, SCALAR, GENERATOR, TENSOR, HANDLE, OWN, NAMED, DTYPE, SAME, RANGE, VIEW = range(1, 17)
DTYPES = re.compile(r"[<>|=]?[biufc]\d{1,2}")  # numbers and truth values, never objects
# What both sides know by name: types of numbers and containers, and exceptions.
KNOWN = {f"builtins.{name}": value for name, value in vars(builtins).items()
         if isinstance(value, type) and name not in ("type", "object", "super", "property")}
KNOWN |= {f"numpy.{t.__name__}": t for t in set(np.sctypeDict.values()) if t is not np.object_}


VIEWS = (type({}.keys()), type({}.values()))


class WireError(Exception):
    """What came does not follow the rules of this module, so it is not taken."""


@dataclass(frozen=True)
class Handle:
    """Something that stays on the other side: its number there, and what may be known of it here."""

    number: int
    kind: str  # function, class, object
    type_name: str
    name: str  # of a function or a class
    parameters: tuple | None  # of a function: (name, kind, has a default), or None where they cannot be told


def pack(value, hand_over) -> bytes:
    """The bytes of a value. What is not plain data becomes what `hand_over(object)` returns: a Handle of a thing here,
    the number of one that is the other side's own, or a name that it can import. Raises WireError when that fails."""
    arrays = {}  # one that stands in several places is the same one over there, too
    try:
        return _pack(value, lambda x: _extend(x, hand_over, arrays))
    except (RecursionError, ValueError, OverflowError) as error:
        raise WireError(f"it cannot be sent: {error}") from None


def unpack(data: bytes, take, own, named=None):
    """The value that the bytes stand for. `take(Handle)` makes a stand-in, `own(number)` returns what was handed over
    from here, `named(text)` imports a thing by its name: only where the sender is trusted. Raises WireError."""
    gc.disable()  # else it looks through all there is, again and again, while many containers are made
    try:
        return _Unpacker(take, own, named).value(data)
    except WireError:
        raise
    except Exception as error:  # msgpack has many ways to say no, and so have hostile bytes
        raise WireError(f"{type(error).__name__}: {error}") from None
    finally:
        gc.enable()


# -- out -------------------------------------------------------------------------------


def _pack(value, extend):
    return msgpack.packb(value, default=extend, strict_types=True, unicode_errors="surrogatepass")


def _extend(x, hand_over, arrays):
    """What msgpack does not know: an extension, or something simpler."""
    def ext(code, value):
        return msgpack.ExtType(code, _pack(value, lambda inner: _extend(inner, hand_over, arrays)))

    if type(x) is int:
        if x.bit_length() > LONGEST_INT:
            raise WireError("a whole number is too long")
        return ext(INT, x.to_bytes(x.bit_length() // 8 + 1, "little", signed=True))
    if isinstance(x, (np.generic, np.ndarray)):
        return _array(x, ext, hand_over, arrays)
    if isinstance(x, type) and (name := f"{x.__module__}.{x.__name__}") in KNOWN and KNOWN[name] is x:
        return ext(NAMED, name)
    if isinstance(x, np.dtype):
        return ext(DTYPE, x.str)
    if isinstance(x, range):
        return ext(RANGE, [x.start, x.stop, x.step])
    if type(x) in VIEWS:
        return ext(VIEW, [VIEWS.index(type(x)), list(x)])
    if type(x) is np.random.Generator:
        return ext(GENERATOR, [type(x.bit_generator).__name__, x.bit_generator.state])
    if "torch" in sys.modules:
        import torch

        if isinstance(x, torch.Tensor):
            return ext(TENSOR, _tensor(x))
        if isinstance(x, (torch.dtype, torch.device)):
            return ext(NAMED, f"torch.{'device:' if isinstance(x, torch.device) else ''}{str(x).removeprefix('torch.')}")
    for kind, code, plain in MADE_FROM:  # a class made from a list is sent as a list, a named tuple as a tuple
        if isinstance(x, kind):
            return plain(x) if code is None else ext(code, plain(x))
    return _handed(x, ext, hand_over)


MADE_FROM = (
    (tuple, TUPLE, lambda x: list(tuple.__iter__(x))),
    (set, SET, lambda x: list(set.__iter__(x))),
    (frozenset, FROZENSET, lambda x: list(frozenset.__iter__(x))),
    (complex, COMPLEX, lambda x: [x.real, x.imag]),
    (list, None, lambda x: list(list.__iter__(x))),
    (dict, None, lambda x: dict(dict.items(x))),
    (int, None, int.__index__),
    (float, None, float.__float__),
    (str, None, str.__str__),
    (bytes, None, lambda x: bytes.__getitem__(x, slice(None))),
)


def _handed(x, ext, hand_over):
    handed = hand_over(x)
    if isinstance(handed, int):
        return ext(OWN, handed)
    if isinstance(handed, str):
        return ext(NAMED, handed)
    return ext(HANDLE, [handed.number, handed.kind, handed.type_name, handed.name, handed.parameters])


def _array(x, ext, hand_over, arrays):
    plain = DTYPES.fullmatch(x.dtype.str) and type(x).__module__ == "numpy"
    if isinstance(x, np.generic) and plain:
        return ext(SCALAR, [x.dtype.str, x.tobytes()])
    if type(x) is np.ndarray and plain:
        if id(x) in arrays:
            return ext(SAME, arrays[id(x)])
        arrays[id(x)] = len(arrays)
        return ext(ARRAY, [x.dtype.str, list(x.shape), np.ascontiguousarray(x).tobytes()])
    return _handed(x, ext, hand_over)  # a matrix, a masked array, an array of objects: not plain numbers


def _tensor(x):
    """[dtype, device, shape, numbers or None, requires_grad, is it a leaf, its gradient]"""
    import torch

    numbers = None
    if x.device.type != "meta":
        bare = x.detach().cpu().contiguous().resolve_conj()
        numbers = bare.reshape(-1).view(torch.uint8).numpy().tobytes() if bare.numel() else b""
    gradient = x.grad if x.is_leaf else None  # asking an inner node for its gradient is a warning
    return [str(x.dtype).removeprefix("torch."), str(x.device), list(x.shape), numbers, x.requires_grad, x.is_leaf,
            None if gradient is None else _tensor(gradient)]


# -- in --------------------------------------------------------------------------------


class _Unpacker:
    def __init__(self, take, own, named):
        self.take, self.own, self.named, self.depth = take, own, named, 0
        self.arrays = []

    def value(self, data):
        self.depth += 1
        if self.depth > DEEPEST:
            raise WireError("it is nested too deeply")
        try:
            return msgpack.unpackb(data, ext_hook=self._extension, strict_map_key=False,
                                   unicode_errors="surrogatepass")
        finally:
            self.depth -= 1

    def _extension(self, code, data):
        x = self.value(data)
        match code:
            case 1:
                return tuple(_listed(x))
            case 2:
                return set(_listed(x))
            case 3:
                return frozenset(_listed(x))
            case 4:
                if not isinstance(x, bytes) or len(x) > LONGEST_INT // 8 + 1:
                    raise WireError("a whole number is too long")
                return int.from_bytes(x, "little", signed=True)
            case 5:
                real, imaginary = x
                return complex(float(real), float(imaginary))
            case 6:
                self.arrays.append(_read_array(*x))
                return self.arrays[-1]
            case 7:
                return _read_array(x[0], [1], x[1])[0]
            case 8:
                return _read_generator(*x)
            case 9:
                return _read_tensor(x, self.depth)
            case 10:
                return self.take(_read_handle(*x))
            case 11:
                return self.own(_whole(x))
            case 12:
                return self._known(x)
            case 13:
                return _dtype(x)
            case 14:
                return self.arrays[_whole(x)]
            case 15:
                return range(*(_whole(n, -(2**63)) for n in _listed(x)))
            case 16:
                return dict.fromkeys(_listed(x[1])).keys() if x[0] == 0 else dict(enumerate(_listed(x[1]))).values()
        raise WireError(f"there is no extension {code}")

    def _known(self, name):
        if not isinstance(name, str):
            raise WireError("a name must be a text")
        if name in KNOWN:
            return KNOWN[name]
        if name.startswith("torch.") and "torch" in sys.modules:
            import torch

            word = name.removeprefix("torch.")
            if word.startswith("device:"):
                return torch.device(word.removeprefix("device:"))
            if isinstance(found := getattr(torch, word, None), torch.dtype):
                return found
        if self.named is None:
            raise WireError("a name that is not known")
        return self.named(name)


def _listed(x):
    if not isinstance(x, list):
        raise WireError("a list was expected")
    return x


def _whole(x, least=0):
    if type(x) is not int or x < least:
        raise WireError("a whole number was expected")
    return x


def _dtype(text):
    if not isinstance(text, str) or not DTYPES.fullmatch(text):
        raise WireError("not a dtype of numbers")
    return np.dtype(text)


def _fits(shape, itemsize, data):
    """Is this the shape of so many bytes? Counted in whole numbers that cannot overflow."""
    shape = [_whole(n) for n in _listed(shape)]
    if not isinstance(data, bytes) or len(shape) > 32 or math.prod(shape) * itemsize != len(data) or max(
            shape, default=0) > 2**40:
        raise WireError("the shape does not fit the data")
    return shape


def _read_array(text, shape, data):
    dtype = _dtype(text)
    return np.frombuffer(data, dtype).reshape(_fits(shape, dtype.itemsize, data)).copy()


def _read_generator(name, state):
    if name not in ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64") or not isinstance(state, dict):
        raise WireError("not a known random generator")
    bits = getattr(np.random, name)(0)
    bits.state = state
    return np.random.Generator(bits)


def _read_tensor(x, depth):
    import torch

    text, device, shape, numbers, requires_grad, leaf, gradient = x
    dtype = getattr(torch, text, None) if isinstance(text, str) else None
    if not isinstance(dtype, torch.dtype) or dtype.is_complex and requires_grad or depth > DEEPEST:
        raise WireError("not a tensor of numbers")
    if numbers is None:
        shape = [_whole(n) for n in _listed(shape)]
        if len(shape) > 32 or math.prod(shape) > 2**40:
            raise WireError("the shape is too large")
        tensor = torch.empty(shape, dtype=dtype, device="meta")
    else:
        shape = _fits(shape, torch.empty(0, dtype=dtype).element_size(), numbers)
        flat = torch.frombuffer(bytearray(numbers), dtype=dtype) if numbers else torch.empty(0, dtype=dtype)
        tensor = flat.reshape(shape).clone()
    if requires_grad is True:
        tensor.requires_grad_()
        if leaf is not True:
            tensor = tensor.clone()  # part of a graph, as it was over there
    if gradient is not None and tensor.is_leaf:
        gradient = _read_tensor(gradient, depth + 1)
        if gradient.shape != tensor.shape or gradient.dtype != tensor.dtype:
            raise WireError("a gradient must have the shape and dtype of its tensor")
        tensor.grad = gradient
    return tensor


def _read_handle(number, kind, type_name, name, parameters):
    texts = (kind, type_name, name)
    if not all(isinstance(x, str) and len(x) <= 400 for x in texts):
        raise WireError("a handle must tell its names")
    if parameters is not None:
        parameters = tuple((n, k, d) for n, k, d in _listed(parameters)[:50])
        if not all(isinstance(n, str) and n.isidentifier() and k in range(5) and type(d) is bool for n, k, d in parameters):
            raise WireError("a handle must tell its parameters")
    return Handle(_whole(number), kind, type_name, name, parameters)
