"""Bytes as values: the reading half of wire.py. What the bytes claim is checked before memory or time is spent on it.

Hostile bytes lead to a WireError and to nothing else. How much a message may become is bounded: its entries are
counted, so that a megabyte cannot unfold into gigabytes, and so are keys, whose hashes can be made to collide.
"""

import gc
import math
import re
import sys

import msgpack
import numpy as np

from grading.engine.wire import DTYPES, GENERATORS, KNOWN, LONGEST_INT, Apart, Handle, WireError

LINE = re.compile(b"(%b)((?: \\d{1,12}){0,32})\n" % DTYPES.pattern.encode())  # at the head of an array: dtype and shape
DEEPEST = 60  # extensions within extensions
FEW = 2_000  # bytes in which there are too few entries to be counted, and too few keys to collide
MOST_ENTRIES = 2_000_000  # of all lists and dicts of a message together; the numbers of an array do not count
MOST_KEYS = 500_000  # of dicts and sets, that are not texts
LONGEST_RANGE = 1_000_000  # a range of a few bytes can keep a loop busy for ever


def unpack(data: bytes, take, own, named=None):
    """The value that the bytes stand for. `take(Handle)` makes a stand-in, `own(number)` returns what was handed over
    from here, `named(text)` imports a thing by its name: only where the sender is trusted. Raises WireError."""
    gc.disable()  # else it looks through all there is, again and again, while many containers are made
    try:
        return _Unpacker(take, own, named, len(data) > FEW).value(data)
    except WireError:
        raise
    except Exception as error:  # msgpack has many ways to say no, and so have hostile bytes
        raise WireError(f"not what was agreed on: {type(error).__name__}") from None
    finally:
        gc.enable()


class _Unpacker:
    def __init__(self, take, own, named, counting):
        self.take, self.own, self.named, self.depth = take, own, named, 0
        self.arrays, self.entries, self.keys, self.things = [], 0, 0, 0
        self.counting = {"list_hook": self._list, "object_pairs_hook": self._dict} if counting else {}

    def value(self, data):
        self.depth += 1
        if self.depth > DEEPEST:
            raise WireError("it is nested too deeply")
        try:
            return msgpack.unpackb(data, ext_hook=self._extension, max_array_len=MOST_ENTRIES,
                                   max_map_len=MOST_ENTRIES, strict_map_key=False, unicode_errors="surrogatepass",
                                   **self.counting)
        finally:
            self.depth -= 1

    # -- counting ----------------------------------------------------------------------

    def _count(self, entries):
        self.entries += entries + 1
        if self.entries > MOST_ENTRIES:
            raise WireError("too many entries")

    def _list(self, entries):
        self._count(len(entries))
        return entries

    def _dict(self, pairs):
        self._count(2 * len(pairs))
        self._hashable([key for key, _ in pairs])
        return dict(pairs)

    def _hashable(self, keys):
        """Refuses keys that were chosen to fall into one place of the table. Python salts the hashes of texts alone."""
        others = [key for key in keys if type(key) is not str]
        self.keys += len(others)
        if self.keys > MOST_KEYS or len(others) > 1000 and len(set(map(hash, others))) < len(others) / 2:
            raise WireError("too many keys, or keys that collide")
        return keys

    # -- extensions --------------------------------------------------------------------

    def _extension(self, code, data):
        """The value of an extension. The numbers are those of wire.py, written out, as a name takes time to look up."""
        self._count(0)
        match code:
            case 6:  # ARRAY
                self.arrays.append(_read_array(data))
                return self.arrays[-1]
            case 7:  # SCALAR
                return _read_scalar(data)
            case 17:  # APART
                return self._apart(data)
        x = self.value(data)
        match code:
            case 1:  # TUPLE
                return tuple(_listed(x))
            case 2:  # SET
                return set(self._hashable(_listed(x)))
            case 3:  # FROZENSET
                return frozenset(self._hashable(_listed(x)))
            case 4:  # INT
                if not isinstance(x, bytes) or len(x) > LONGEST_INT // 8 + 1:
                    raise WireError("a whole number is too long")
                return int.from_bytes(x, "little", signed=True)
            case 5:  # COMPLEX
                real, imaginary = x
                return complex(float(real), float(imaginary))
            case 8:  # GENERATOR
                return _read_generator(*x)
            case 9:  # TENSOR
                return _read_tensor(x, self.depth)
            case 10:  # HANDLE
                self.things += 1
                return self.take(_read_handle(*x))
            case 11:  # OWN
                self.things += 1
                return self.own(_whole(x))
            case 12:  # NAMED
                return self._known(x)
            case 13:  # DTYPE
                return _dtype(x)
            case 14:  # SAME
                return self.arrays[_whole(x)]
            case 15:  # RANGE
                return _range(*_listed(x))
            case 16:  # VIEW
                entries = _listed(x[1])
                return dict.fromkeys(self._hashable(entries)).keys() if x[0] == 0 else dict(enumerate(entries)).values()
        raise WireError("there is no such extension")

    def _apart(self, data):
        if self.depth > 1:
            raise WireError("only a message holds something apart")
        outside, self.arrays, self.things = self.arrays, [], 0
        try:
            return Apart(data, self.value(data), self.things == 0)
        finally:
            self.arrays = outside

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
        self.things += 1
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


def _range(start, stop, step):
    found = range(*(_whole(n, -(2**63)) for n in (start, stop, step)))
    if max(abs(n) for n in (start, stop, step)) > 2**62 or len(found) > LONGEST_RANGE:
        raise WireError("a range is too long")
    return found


def _dtype(text):
    if not isinstance(text, str) or not DTYPES.fullmatch(text):
        raise WireError("not a dtype of numbers")
    return np.dtype(text)


def _read_array(data):
    line = LINE.match(data)
    if line is None:
        raise WireError("not an array of numbers")
    dtype, shape = np.dtype(line[1].decode()), tuple(map(int, line[2].split()))
    if math.prod(shape) * dtype.itemsize != len(data) - line.end():  # whole numbers cannot overflow
        raise WireError("the shape does not fit the data")
    numbers = np.frombuffer(data, np.uint8 if dtype.kind == "b" else dtype, offset=line.end()).reshape(shape)
    # A copy either way; a byte that is neither 0 nor 1 would be a truth value of its own kind.
    return numbers.astype(bool) if dtype.kind == "b" else numbers.copy()


def _read_scalar(data):
    x = _read_array(data)
    if x.shape:
        raise WireError("one number was expected")
    return x[()]


def _read_generator(name, state):
    if name not in GENERATORS or not isinstance(state, dict):
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
    shape = [_whole(n) for n in _listed(shape)]
    if len(shape) > 32 or max(shape, default=0) > 2**40 or numbers is None and math.prod(shape) > 2**40:
        raise WireError("the shape is too large")
    if numbers is None:
        tensor = torch.empty(shape, dtype=dtype, device="meta")
    else:
        size = torch.empty(0, dtype=dtype).element_size()
        if not isinstance(numbers, bytes) or math.prod(shape) * size != len(numbers):
            raise WireError("the shape does not fit the data")
        if dtype is torch.bool:
            numbers = (np.frombuffer(numbers, np.uint8) != 0).tobytes()
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
        if not all(isinstance(n, str) and n.isidentifier() and k in range(5) and type(d) is bool
                   for n, k, d in parameters):
            raise WireError("a handle must tell its parameters")
    return Handle(_whole(number), kind, type_name, name, parameters)
