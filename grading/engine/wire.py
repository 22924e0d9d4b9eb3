"""Values as bytes, between two processes that do not trust each other.

Plain data crosses by value: numbers, texts, None, lists, tuples, dicts, sets, NumPy arrays (a line with dtype and
shape, then their raw bytes), random generators, tensors. Everything else stays where it is, and the other side gets a
handle. Nothing is ever unpickled. This file writes; unpack.py reads, and believes nothing.
"""

import builtins
import re
import sys
from dataclasses import dataclass

import msgpack
import numpy as np

LONGEST_INT = 100_000  # bits

(TUPLE, SET, FROZENSET, INT, COMPLEX, ARRAY, SCALAR, GENERATOR, TENSOR, HANDLE, OWN, NAMED, DTYPE, SAME, RANGE,
 VIEW, APART) = range(1, 18)
DTYPES = re.compile(r"[<>|]?[biufc]\d{1,2}")  # numbers and truth values, never objects
GENERATORS = ("PCG64", "PCG64DXSM")  # the others keep a place in a table: a forged one would point past its end
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


@dataclass(frozen=True)
class Apart:
    """A value that is packed by itself: it shares no array with the rest of the message."""

    data: bytes
    value: object = None  # once it was unpacked
    plain: bool = True  # is it data and nothing else, so that packed again it is the same bytes?


def pack(value, hand_over) -> bytes:
    """The bytes of a value. What is not plain data becomes what `hand_over(object)` returns: a Handle of a thing here,
    the number of one that is the other side's own, or a name that it can import. Raises WireError when that fails."""
    arrays = {}  # one that stands in several places is the same one over there, too
    try:
        return _pack(value, lambda x: _extend(x, hand_over, arrays))
    except (RecursionError, ValueError, OverflowError) as error:
        raise WireError(f"it cannot be sent: {error}") from None


# -- out -------------------------------------------------------------------------------


def _pack(value, extend):
    # It begins with room for 256 KB, and a value within a value has room of its own: most need little.
    return msgpack.packb(value, default=extend, strict_types=True, unicode_errors="surrogatepass", buf_size=2000)


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
    if type(x) is Apart:
        return msgpack.ExtType(APART, x.data)
    if isinstance(x, type) and (name := f"{x.__module__}.{x.__name__}") in KNOWN and KNOWN[name] is x:
        return ext(NAMED, name)
    if isinstance(x, np.dtype):
        return ext(DTYPE, x.str)
    if isinstance(x, range):
        return ext(RANGE, [x.start, x.stop, x.step])
    if type(x) in VIEWS:
        return ext(VIEW, [VIEWS.index(type(x)), list(x)])
    if type(x) is np.random.Generator and type(x.bit_generator).__name__ in GENERATORS:
        return ext(GENERATOR, [type(x.bit_generator).__name__, x.bit_generator.state])
    if "torch" in sys.modules:
        import torch

        if isinstance(x, torch.Tensor):
            return ext(TENSOR, _tensor(x))
        if isinstance(x, (torch.dtype, torch.device)):
            word = f"device:{x}" if isinstance(x, torch.device) else str(x).removeprefix("torch.")
            return ext(NAMED, f"torch.{word}")
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
    dtype = x.dtype.str
    plain = DTYPES.fullmatch(dtype) and type(x).__module__ == "numpy"
    if plain and isinstance(x, np.generic):
        return msgpack.ExtType(SCALAR, f"{dtype}\n".encode() + x.tobytes())
    if plain and type(x) is np.ndarray:
        if id(x) in arrays:
            return ext(SAME, arrays[id(x)])
        arrays[id(x)] = len(arrays)
        return msgpack.ExtType(ARRAY, f"{dtype}{''.join(f' {n}' for n in x.shape)}\n".encode() + x.tobytes())
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
