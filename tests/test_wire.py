"""Values as bytes: what is sent comes back the same, and hostile bytes lead to a WireError, soon, to nothing else."""

import struct
import time
import tracemalloc

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from grading.engine.unpack import MOST_ENTRIES, unpack
from grading.engine.wire import Apart, Handle, WireError, pack

torch = pytest.importorskip("torch")
settings.register_profile("wire", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("wire")


def refuse(x):
    raise WireError(f"{type(x).__name__} is handed over")


def there_and_back(value):
    return unpack(pack(value, refuse), refuse, refuse)


TEXTS = st.text(st.characters(codec=None), max_size=20)  # halves of characters, too
KEYS = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), TEXTS, st.binary(max_size=9))
PLAIN = st.recursive(
    st.one_of(KEYS, st.floats(), st.complex_numbers(), st.integers(-(10**400), 10**400)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.tuples(inner, inner),
        st.dictionaries(KEYS, inner, max_size=5),
        st.sets(KEYS, max_size=5),
        st.frozensets(KEYS, max_size=5),
        st.tuples(),
        st.lists(inner, max_size=5).map(tuple),
    ),
    max_leaves=20,
)
NUMBERS = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(),
    arrays.unsigned_integer_dtypes(),
    arrays.floating_dtypes(),
    arrays.complex_number_dtypes(),
)


def same(a, b):
    """Equal, of the same types all the way down; not-a-number is itself."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (float, complex)):
        return repr(a) == repr(b)
    return a == b


@given(PLAIN)
def test_plain_data_comes_back_the_same(value):
    assert same(there_and_back(value), value)


@given(NUMBERS.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, min_side=0, max_side=4))))
def test_arrays_come_back_to_the_bit(x):
    y = there_and_back(x)
    assert (y.dtype, y.shape) == (x.dtype, x.shape) and y.tobytes() == x.tobytes()
    assert y.flags.writeable and y.flags.owndata and not np.shares_memory(x, y)
    if x.size:
        entry = x.reshape(-1)[0]
        assert there_and_back(entry).tobytes() == entry.tobytes() and type(there_and_back(entry)) is type(entry)


def test_one_array_in_two_places_is_one_array_over_there():
    x = np.arange(3.0)
    y = there_and_back([x, {"again": x}, x.copy()])
    assert y[0] is y[1]["again"] and y[0] is not y[2]


def test_what_is_packed_apart_shares_no_array_and_keeps_its_bytes():
    x = np.arange(3.0)
    one, two = (Apart(pack([x, x], refuse)) for _ in range(2))
    a, b = there_and_back([one, two])
    assert a.value[0] is a.value[1] and a.value[0] is not b.value[0]
    assert a.plain and a.data == one.data == pack(a.value, refuse)
    handed = Apart(pack([x, print], lambda f: Handle(0, "function", "function", "f", None)))
    assert not unpack(pack([handed], refuse), lambda handle: handle, refuse)[0].plain
    assert not unpack(pack([Apart(pack([3], refuse)), handed, one], refuse), lambda h: h, refuse)[1].plain
    refused(pack([Apart(pack([Apart(pack(1, refuse))], refuse))], refuse))


@given(PLAIN)
def test_plain_data_has_the_same_bytes_again(value):
    """So a change can be told by the bytes. A set may be in another order, and then only seem to be changed."""
    data = pack(value, refuse)
    again = pack(unpack(data, refuse, refuse), refuse)
    assert again == data or "set" in repr(value) or "{" in repr(value)


@pytest.mark.parametrize(
    "value",
    [range(3, 30, 4), {1: 2}.keys(), {1: 2}.values(), np.dtype("<f4"), np.float32, ValueError, int, torch.float64],
    ids=str,
)
def test_things_of_a_known_name(value):
    back = there_and_back(value)
    assert type(back) is type(value) and (list(back) == list(value) if hasattr(value, "__iter__") else back == value)


def test_a_random_generator_goes_on_where_it_was():
    rng = np.random.default_rng(3)
    rng.normal(size=5)
    there = there_and_back(rng)
    assert there.normal() == rng.normal()
    with pytest.raises(WireError):  # the state of this one is a place in a table
        there_and_back(np.random.Generator(np.random.MT19937(3)))


@pytest.mark.parametrize(
    "x",
    [
        torch.arange(6.0).reshape(2, 3),
        torch.tensor(True),
        torch.tensor([], dtype=torch.int64),
        torch.ones(2, 2).T,
        torch.ones(2, dtype=torch.bfloat16),
        torch.ones(2, dtype=torch.complex64),
        torch.ones(3, requires_grad=True),
    ],
    ids=str,
)
def test_tensors(x):
    y = there_and_back(x)
    assert (y.dtype, y.shape, y.requires_grad, y.is_leaf) == (x.dtype, x.shape, x.requires_grad, x.is_leaf)
    assert torch.equal(y, x)


def test_a_tensor_brings_its_gradient_and_its_place_in_a_graph():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.sum().backward()
    assert torch.equal(there_and_back(x).grad, x.grad)
    assert there_and_back(y).requires_grad and not there_and_back(y).is_leaf
    assert there_and_back(torch.empty(2, 3, device="meta")).shape == (2, 3)


def test_what_is_not_plain_is_handed_over():
    handed = []

    def hand_over(x):
        handed.append(x)
        return Handle(len(handed) - 1, "function", "function", "f", [["x", 1, False]])

    things = [print, object(), np.ma.ones(3), np.array([None]), np.array(["a"]), type("A", (), {})]
    back = unpack(pack(things, hand_over), lambda handle: handle, refuse)
    assert all(a is b for a, b in zip(handed, things)) and [handle.number for handle in back] == list(range(6))
    assert back[0].parameters == (("x", 1, False),)


def test_subclasses_of_plain_data_are_sent_as_what_they_hold():
    class Liar(float):
        __eq__ = __float__ = __index__ = lambda *a: 1 / 0

        def __iter__(self):
            raise ZeroDivisionError

    class Lied(list):
        __iter__ = __len__ = lambda *a: 1 / 0

    class Number(int):
        __index__ = __int__ = lambda self: 9

    assert there_and_back([Liar(2.0), Lied([1, 2]), Number(3)]) == [2.0, [1, 2], 3]


@pytest.mark.parametrize("value", [10**40_000, [[]] * 3], ids=["long", "list"])
def test_what_is_too_much_cannot_be_sent(value):
    if isinstance(value, list):
        value[0].append(value)  # it holds itself
    with pytest.raises(WireError):
        pack(value, refuse)


# -- hostile bytes ---------------------------------------------------------------------


def ext(code, value):
    return msgpack.ExtType(code, msgpack.packb(value))


def refused(data):
    """A WireError, in little time, and no more memory than as many empty lists as may be (each 56 bytes and 8)."""
    began = time.process_time()
    tracemalloc.start()
    with pytest.raises(WireError):
        unpack(data, lambda handle: handle, refuse)
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 72 * MOST_ENTRIES + 3 * len(data) and time.process_time() - began < 60


@given(st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_wire_error(data):
    try:
        unpack(data, lambda handle: handle, lambda number: number)
    except WireError:
        pass


@given(
    st.integers(0, 20),
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(2**63), 2**64 - 1),
            st.floats(),
            st.text(max_size=9),
            st.binary(max_size=9),
            st.sampled_from(["<f8", "|O", "float64", "PCG64", "builtins.int", "torch.float32", "<f16", "|b1"]),
        ),
        lambda inner: st.lists(inner, max_size=7),
        max_leaves=12,
    ),
)
def test_any_extension_is_a_value_or_a_wire_error(code, value):
    try:
        unpack(msgpack.packb(ext(code, value)), lambda handle: handle, lambda number: number)
    except WireError:
        pass


ARRAY, SCALAR, TENSOR = 6, 7, 9
EIGHT = b"12345678"


@pytest.mark.parametrize(
    "data",
    [
        b"|O 1\n" + EIGHT,
        b"|V8 1\n" + EIGHT,
        b"<M8[s] 1\n" + EIGHT,
        b"<U2 1\n" + EIGHT,
        b"f8,f8 1\n" + EIGHT * 2,
        b"<f8 4611686018427387904 4\n" + EIGHT,
        b"<f8 2305843009213693952 8\n",  # 2^67 bytes, which is none in 64 bits
        b"<f8 0 4611686018427387904\n",
        b"<f8 -1\n" + EIGHT,
        b"<f8 -1 -1\n" + EIGHT,
        b"<f8 1.0\n" + EIGHT,
        b"<f8 +1\n" + EIGHT,
        b"<f8 1_0\n" + EIGHT * 10,
        b"<f8  1\n" + EIGHT,
        b"<f8 1 \n" + EIGHT,
        b"<f8 \xb9\n" + EIGHT,
        b"<f8" + b" 1" * 100 + b"\n" + EIGHT,
        b"<f8 2\n" + EIGHT,
        b"<f8 1\n1234567",
        b"<f9 1\n" + EIGHT,
        b"<f8 1" + EIGHT,
        b"<f8 1\r\n" + EIGHT,
        b"\n<f8 1\n" + EIGHT,
        b"\n" + EIGHT,
        b"",
        msgpack.packb(["<f8", [1], EIGHT]),
    ],
    ids=str,
)
def test_arrays_that_are_none(data):
    refused(msgpack.packb(msgpack.ExtType(ARRAY, data)))
    refused(msgpack.packb(msgpack.ExtType(SCALAR, data)))


LINES = st.from_regex(rb"[<>|]?[a-zA-Z]\d{0,2}( \d{1,3}){0,4}\n?", fullmatch=True)


@given(st.integers(0, 2), LINES, st.binary(max_size=64))
def test_any_array_is_numbers_or_a_wire_error(code, line, data):
    try:
        x = unpack(msgpack.packb(msgpack.ExtType((ARRAY, SCALAR, 17)[code], line + data)), refuse, refuse)
    except WireError:
        return
    assert code == 2 or x.dtype.kind in "biufc" and x.nbytes <= len(data)


def test_more_than_one_number_is_no_scalar():
    refused(msgpack.packb(msgpack.ExtType(SCALAR, b"<f8 1\n" + EIGHT)))


def test_a_truth_value_is_one_of_two():
    x = unpack(msgpack.packb(msgpack.ExtType(ARRAY, b"|b1 4\n" + bytes([0, 1, 2, 255]))), refuse, refuse)
    assert x.tobytes() == bytes([0, 1, 1, 1])
    x = unpack(msgpack.packb(msgpack.ExtType(SCALAR, b"|b1\n\x02")), refuse, refuse)
    assert type(x) is np.bool_ and x.tobytes() == b"\1"
    tensor = ext(TENSOR, ["bool", "cpu", [2], bytes([2, 0]), False, True, None])
    assert unpack(msgpack.packb(tensor), refuse, refuse).tolist() == [True, False]


@pytest.mark.parametrize(
    "value",
    [
        ["float32", "cpu", [2**62, 4], EIGHT, False, True, None],
        ["float32", "meta", [2**41], None, False, True, None],
        ["load", "cpu", [1], EIGHT, False, True, None],
        ["float64", "cpu", [1], EIGHT, True, True, ["float64", "cpu", [0], b"", 0, 0, None]],
        [["float64"], "cpu", [1], EIGHT, False, True, None],
        ["int64", "cpu", [1], EIGHT, True, True, None],
    ],
    ids=str,
)
def test_tensors_that_are_none(value):
    refused(msgpack.packb(ext(TENSOR, value)))


def nested(depth):
    data = msgpack.packb(1)
    for _ in range(depth):
        data = msgpack.packb(msgpack.ExtType(1, data))
    return data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        b"\x91" * 100_000,
        nested(300),
        b"\xdf" + b"\xff" * 4,
        b"\xdd" + b"\xff" * 4,
        b"\xc6" + b"\xff" * 4 + b"x",
        b"\xdd" + struct.pack(">I", MOST_ENTRIES) + b"\x90" * MOST_ENTRIES,
        msgpack.packb(ext(4, b"\xff" * 100_000)),
        msgpack.packb(ext(15, [0, 2**62, 1])),
        msgpack.packb(ext(15, [0, 1, 0])),
        msgpack.packb(ext(11, True)),
        msgpack.packb(ext(14, 0)),
        msgpack.packb(ext(12, "os.system")),
        msgpack.packb(ext(12, "torch.load")),
        msgpack.packb(ext(12, "builtins.type")),
        msgpack.packb(ext(8, ["MT19937", {"pos": 10**6}])),
        msgpack.packb(ext(8, ["PCG64", {"state": 1}])),
        msgpack.packb(ext(10, [0, "object", "x" * 500, "", None])),
        msgpack.packb(ext(10, [-1, "object", "x", "", None])),
        msgpack.packb(ext(10, [0, "function", "x", "", [["a b", 1, True]]])),
    ],
    ids=lambda data: data[:8].hex(),
)
def test_bytes_that_would_take_time_or_memory_or_more(data):
    refused(data)


def test_keys_that_collide_are_refused():
    keys = [k * (2**61 - 1) for k in range(1, 2000)]
    assert set(map(hash, keys)) == {0}  # so a dict of them takes the square of their number
    refused(pack(set(keys), refuse))
    refused(pack(dict.fromkeys(keys), refuse))
    refused(msgpack.packb(dict.fromkeys(range(600_000))))
    assert there_and_back(dict.fromkeys(range(5000))) == dict.fromkeys(range(5000))
    assert len(there_and_back(set(keys[:100]))) == 100
