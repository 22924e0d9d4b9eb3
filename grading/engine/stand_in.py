"""What stands in one process for something in the other."""

import inspect
from functools import lru_cache

BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
UNARY = ("neg", "pos", "abs")
COMPARING = ("eq", "ne", "lt", "le", "gt", "ge")


class StandIn:
    """Stands for something in the other process."""

    def __init__(self, peer, handle):
        vars(self).update(_peer=peer, _handle=handle)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(f"{self._handle.type_name} objects show no {name} here")
        return self._peer.value("get", self._handle.number, name)

    def __setattr__(self, name, value):
        self._peer.value("set", self._handle.number, name, value)

    def __repr__(self):
        text = self._peer.value("text", self)
        return text if isinstance(text, str) else self._handle.type_name

    def __bool__(self):
        return True

    def __instancecheck__(self, x):
        return isinstance(x, StandIn) and self._peer.value("is", x, self._handle.number) is True

    def __iter__(self):
        return iter(self._peer.value("operator", "list", [self]))

    def __float__(self):
        return float(self._peer.value("operator", "float", [self]))

    def __len__(self):
        return int(self._peer.value("operator", "len", [self]))


class _Callable(StandIn):
    def __call__(self, *args, **kwargs):
        return self._peer.call(self, args, kwargs)

    @property
    def __signature__(self):
        """What inspect.signature() tells; made when it is asked for, which is seldom."""
        try:
            return inspect.Signature([
                inspect.Parameter(name, inspect._ParameterKind(kind), default=... if more else inspect.Parameter.empty)
                for name, kind, more in self._handle.parameters])
        except (TypeError, ValueError):  # it has none, or in an order that Python does not allow
            raise AttributeError("it does not tell its parameters") from None

    def __guarded__(self, calls, seconds):
        """The Outcomes of calls that are guarded where they run: of the first, and of as many as it has come to."""
        return self._peer.outcomes(self, calls, seconds)


class _Iterator(StandIn):
    def __next__(self):
        return self._peer.value("operator", "next", [self])


def _operators():
    def method(name, swapped=False):
        def apply(self, *args):
            return self._peer.value("operator", name, [*args, self] if swapped else [self, *args])
        return apply

    def compare(name):
        def apply(self, other):
            return self._peer.value("operator", name, [self, other])
        return apply

    for name in BINARY:
        setattr(StandIn, f"__{name}__", method(name))
        setattr(StandIn, f"__r{name}__", method(name, swapped=True))
        setattr(StandIn, f"__i{name}__", method(f"i{name}"))
    for name in (*UNARY, "getitem", "setitem", "delitem", "contains"):
        setattr(StandIn, f"__{name}__", method(name))
    for name in COMPARING[2:]:
        setattr(StandIn, f"__{name}__", compare(name))


_operators()


class Judged:
    """What the examiner holds is judged, and a thing must not be asked whether it is right.

    So it is never compared, nor searched, nor a number, nor what NumPy computes with.
    """

    def _refuse(self, *args, **kwargs):
        raise TypeError(f"a {self._handle.type_name} came where a number or an array was expected")

    __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __float__ = _refuse
    __array__ = __array_ufunc__ = __array_function__ = _refuse


def stand_in(peer, handle):
    """The stand-in for a handle, of a class that is named as the class over there."""
    type_name = handle.type_name if peer.knows(handle.type_name) else "object"
    made = _class(handle.kind, type_name, peer.guarded)(peer, handle)
    if handle.kind in ("function", "class"):
        name = handle.name if peer.knows(handle.name) else handle.kind
        vars(made).update(__name__=name, __qualname__=name)
    return made


@lru_cache(1000)  # a class takes a hundred times as long to make as an object
def _class(kind, name, judged):
    bases = {"object": (StandIn,), "iterator": (_Iterator,), "error": (StandIn, Exception)}.get(kind, (_Callable,))
    return type(name if name.isidentifier() else "object", (Judged,) * judged + bases, {})
