"""nnlib.check and PyTorch: tensors compared strictly, shown well, never changed unseen, all without importing torch."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from nnlib import check
from nnlib.check import MISTAKES, diagnose_torch, tensors
from nnlib.check.compare import compare
from nnlib.check.report import as_text
from nnlib.check.show import call_text, kind, short


def result_of(function, *args, expected, hidden=False, **more):
    """The one Result of one call."""
    t = check.item("test.torch", points=1)
    if hidden:
        t.hidden()
    t.call(function, *args).gives(expected, points=1, **more)
    return t.results[0]


def run_of(code, expected, **more):
    """The one Result of some lines."""
    t = check.item("test.torch", points=1)
    t.run(code).gives(expected, points=1, **more)
    return t.results[0]


def test_check_never_imports_torch():
    code = "import sys, nnlib.check, nnlib.check.diagnose; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- comparison ------------------------------------------------------------------------

TWO = torch.tensor([1.0, 2.0])
WANTED = torch.tensor([1.0, 2.0], requires_grad=True)

EQUAL = [
    (torch.tensor([1.0, 2.0]), TWO), (torch.tensor(3), torch.tensor(3)), (torch.tensor([True]), torch.tensor([True])),
    (torch.tensor([torch.nan, torch.inf]), torch.tensor([torch.nan, torch.inf])),
    (torch.zeros(0, 3), torch.zeros(0, 3)), (torch.ones(2).bfloat16(), torch.ones(2).bfloat16()),
    (torch.nn.Parameter(torch.tensor([1.0, 2.0])), WANTED), ([torch.tensor(1.0)], (torch.tensor(1.0),)),
    ({"W": torch.ones(2)}, {"W": torch.ones(2)}), (torch.ones(2, 3).T, torch.ones(3, 2)),
    (torch.empty(2, 3, device="meta"), torch.empty(2, 3, device="meta")),
    (torch.tensor([1.0 + 1e-13], dtype=torch.float64), torch.tensor([1.0], dtype=torch.float64)),
]


@pytest.mark.parametrize(("got", "expected"), EQUAL)
def test_equal(got, expected):
    assert compare(got, expected).equal


DIFFERENT = [  # got, expected, where, sort, sentence
    (torch.tensor([1.0, 2.5]), TWO, "[1]", "value", "2.5 came, 2.0 expected"),
    (torch.tensor([1.0, torch.nan]), TWO, "[1]", "not finite", "nan came, 2.0 expected"),
    (torch.tensor([[1.0, 2.0]]), TWO, "", "shape", "shape (1, 2) came, (2,) expected"),
    (TWO.double(), TWO, "", "dtype", "dtype float64 came, float32 expected"),
    (torch.tensor([1, 2]), TWO, "", "dtype", "dtype int64 came, float32 expected"),
    (torch.tensor([1], dtype=torch.int32), torch.tensor([1]), "", "dtype", "dtype int32 came, int64 expected"),
    (torch.empty(2, device="meta"), TWO, "", "device", "device meta came, cpu expected"),
    (WANTED, TWO, "", "graph", "a tensor came that is still part of a graph (requires_grad is True)"),
    (TWO, WANTED, "", "graph", "a tensor came that is cut off from its graph (requires_grad is False)"),
    (np.ones(2, np.float32), TWO, "", "type",
     "a NumPy array of shape (2,) came where a torch tensor of shape (2,) was expected"),
    ([1.0, 2.0], TWO, "", "type", "a list of 2 came where a torch tensor of shape (2,) was expected"),
    (TWO, np.ones(2), "", "type", "a torch tensor of shape (2,) came where a NumPy array of shape (2,) was expected"),
    (torch.tensor(2.5), 2.5, "", "type", "a torch tensor of shape () came where a float was expected"),
    (2.5, torch.tensor(2.5), "", "type", "a float came where a torch tensor of shape () was expected"),
    (None, TWO, "", "type", "None came where a torch tensor of shape (2,) was expected"),
    ((TWO, 2 * TWO), (TWO, TWO), "[1][0]", "value", "2.0 came, 1.0 expected"),
]


@pytest.mark.parametrize(("got", "expected", "where", "sort", "sentence"), DIFFERENT)
def test_different(got, expected, where, sort, sentence):
    first = compare(got, expected).first
    assert (first.where, first.sort, first.sentence) == (where, sort, sentence)


def test_hidden_tests_do_not_give_tensors_away():
    result = result_of(lambda: torch.tensor([1.0, 2.5]), expected=torch.tensor([1.0, 77.5]), hidden=True)
    told = "; ".join(result.where)
    assert result.status == "wrong" and "77.5" not in told and "2.5" not in told


def test_no_class_of_a_student_passes_for_a_tensor():
    class Tensor:
        def __init__(self):
            self.shape, self.dtype = (2,), torch.float32

    assert not tensors.is_tensor(Tensor())
    assert not compare(Tensor(), TWO).equal
    assert "Tensor" in short(Tensor())


# --- what is shown ---------------------------------------------------------------------


@pytest.mark.parametrize(("value", "text"), [
    (torch.tensor(2.5), "tensor(2.5, shape (), float32)"),
    (torch.tensor([1, 2]), "tensor([1, 2], shape (2,), int64)"),
    (torch.tensor([0.5], dtype=torch.bfloat16), "tensor([0.5], shape (1,), bfloat16)"),
    (WANTED, "tensor([1., 2.], shape (2,), float32, requires_grad)"),
    (WANTED * 2, "tensor([2., 4.], shape (2,), float32, part of a graph)"),
    (torch.nn.Parameter(torch.ones(1)), "tensor([1.], shape (1,), float32, requires_grad)"),
    (torch.empty(2, 3, device="meta"), "tensor(shape (2, 3), float32, on meta)"),
    ((torch.tensor(1.0),), "(tensor(1., shape (), float32),)"),
])
def test_short(value, text):
    assert short(value) == text


def test_a_large_tensor_is_shown_in_few_words():
    assert len(short(torch.zeros(1000, 1000))) <= 300


def test_the_kind_and_the_call():
    assert kind(TWO) == "a torch tensor of shape (2,)"
    inputs = (torch.tensor([[1.0], [0.5]]), torch.tensor(2.0, dtype=torch.float64), WANTED, torch.tensor([True]))
    told = call_text(max, inputs, {})
    assert told == ("max(torch.tensor([[1.0], [0.5]]), torch.tensor(2.0, dtype=torch.float64), "
                    "torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([True]))")
    again = eval(told, {"torch": torch, "max": lambda *x: x})
    assert all(compare(g, e).equal for g, e in zip(again, inputs, strict=True))
    large = call_text(max, (torch.zeros(9, 9), torch.empty(2, device="meta"), WANTED * 1), {})
    assert "\n" not in large and "shape (9, 9), float32" in large and "on meta" in large and "part of a graph" in large


# --- arguments -------------------------------------------------------------------------


def test_a_tensor_argument_is_copied():
    x = torch.ones(2)

    def spoil(x):
        x += 1
        return x

    result = result_of(spoil, x, expected=torch.tensor([2.0, 2.0]))
    assert torch.equal(x, torch.ones(2))
    assert (result.status, result.mistakes) == ("wrong", ["changed-input"])


def switches_on(x):
    return x.requires_grad_().detach()


def fills(x):
    (x * x).sum().backward()
    return x.detach()


def clears(x):
    x.grad = None
    return x.detach()


@pytest.mark.parametrize(("function", "given"), [(switches_on, TWO), (fills, WANTED), (clears, WANTED)])
def test_what_a_caller_sees_of_a_tensor_is_more_than_its_numbers(function, given):
    given = given.detach().clone().requires_grad_(given.requires_grad)
    if given.requires_grad:
        given.grad = torch.ones(2)
    result = result_of(function, given, expected=TWO)
    assert (result.status, result.mistakes) == ("wrong", ["changed-input"])


@pytest.mark.parametrize("given", [TWO, WANTED, WANTED * 1.0, torch.nn.Parameter(torch.tensor([1.0, 2.0]))])
def test_a_function_that_only_reads_has_changed_nothing(given):
    result = result_of(lambda x: x.detach() + 0, given, expected=TWO)
    assert (result.status, result.mistakes) == ("right", [])


def test_a_copy_keeps_what_it_copies():
    leaf = torch.nn.Parameter(torch.ones(2))
    leaf.grad = torch.full((2,), 5.0)
    copied = tensors.copied(leaf)
    assert type(copied) is torch.nn.Parameter and torch.equal(copied.grad, leaf.grad)
    copied.grad.add_(1.0)
    assert leaf.grad.tolist() == [5.0, 5.0]
    assert tensors.copied(leaf * 2).requires_grad


# --- likely causes ---------------------------------------------------------------------

A = torch.arange(24.0).reshape(2, 3, 4)

FORMS = [  # got, expected, what must be named
    (torch.tensor(2.0), 2.0, "tensor-for-number"),
    ((1.0, torch.tensor(2)), (1.0, 2), "tensor-for-number"),
    (2.0, torch.tensor(2.0), "number-for-tensor"),
    (np.float32(2.0), torch.tensor(2.0), "number-for-tensor"),
    (np.ones(2), torch.ones(2), "numpy-for-tensor"),
    (torch.ones(2), np.ones(2), "tensor-for-numpy"),
    ([1.0, 2.0], TWO, "list-for-tensor"),
    (TWO, (1.0, 2.0), "tensor-for-tuple"),
    (TWO.double(), TWO, "other-float"),
    (torch.empty(2, device="meta"), TWO, "other-device"),
    (WANTED, TWO, "graph-kept"),
    (TWO, WANTED, "graph-lost"),
    (A.permute(2, 0, 1), A, "axes-permuted"),
    (torch.arange(8.0).reshape(2, 2, 2).transpose(0, 2), torch.arange(8.0).reshape(2, 2, 2), "axes-permuted"),
    (torch.arange(6.0).reshape(2, 3).T, torch.arange(6.0).reshape(2, 3), "transposed"),
    (-TWO, TWO, "sign"),
    (2 * TWO, TWO, "factor-2"),
    (None, TWO, "not-returned"),
]


@pytest.mark.parametrize(("got", "expected", "name"), FORMS)
def test_a_likely_cause_is_named(got, expected, name):
    result = result_of(lambda: got, expected=expected)
    assert result.status == "wrong" and result.mistakes == [name]


def test_every_form_is_tried_here():
    assert set(diagnose_torch.FORM) <= {name for *_, name in FORMS}


def test_the_form_of_a_tensor_is_named_in_hidden_tests_too():
    result = result_of(lambda: torch.tensor(2.0), expected=2.0, hidden=True)
    assert result.mistakes == ["tensor-for-number"]


class Square(torch.autograd.Function):
    """A hand-written operation, wrong in a way that the arguments choose."""

    @staticmethod
    def forward(ctx, x, how):
        ctx.how = how
        ctx.save_for_backward(*([x, how] if how == "saved" else [x]))
        return x * x

    @staticmethod
    def backward(ctx, upstream):
        (x,) = ctx.saved_tensors
        slope = 2 * x * upstream
        return {"one": slope, "constant": (slope, upstream), "summed": (slope.sum(), None)}[ctx.how]


x = torch.tensor([1.0, 2.0], requires_grad=True)
linear = torch.nn.Linear(2, 3)
once = (x * x).sum()
once.backward()

ERRORS = [  # lines that fail in torch, and what that usually is
    ("torch.ones(()).backward()", "nothing-to-differentiate"),
    ("(x * 2).backward()", "not-a-scalar-loss"),
    ("once.backward()", "graph-used-up"),
    ("x.numpy()", "numpy-in-the-graph"),
    ("x.add_(1.0)", "leaf-in-place"),
    ("y = x * 1\nz = (y * y).sum()\ny.add_(1.0)\nz.backward()", "saved-then-changed"),
    ("torch.autograd.grad(x.sum(), torch.ones(2, requires_grad=True))", "unused-input"),
    ("Square.apply(x, 'one').sum().backward()", "gradient-for-each-input"),
    ("Square.apply(x, 'constant').sum().backward()", "gradient-of-a-constant"),
    ("Square.apply(x, 'saved')", "number-saved-as-tensor"),
    ("Square.apply(x, 'summed').sum().backward()", "gradient-shape"),
    ("torch.nn.Sequential([linear])", "not-a-layer"),
    ("linear.weight = torch.ones(3, 2)", "parameter-replaced"),
    ("torch.nn.ReLU().weight", "layer-without-weights"),
    ("torch.nn.Tanh().bias", "layer-without-weights"),
    ("linear.device", "device-of-a-model"),
    ("torch.sqrt(2)", "number-for-torch"),
    ("linear(torch.ones(5, 2, dtype=torch.float64))", "mixed-floats"),
    ("torch.ones(2, 2) @ torch.ones(2, 2, dtype=torch.float64)", "mixed-floats"),
    ("linear(torch.ones(2, 2, device='meta'))", "other-device"),
    ("linear(torch.ones(5, 3))", "shapes-do-not-multiply"),
    ("torch.ones(2, 3) @ torch.ones(2, 3)", "shapes-do-not-multiply"),
    ("torch.ones(4, 2, 3) @ torch.ones(4, 2, 3)", "shapes-do-not-multiply"),
    ("torch.ones(2, 3) + torch.ones(2)", "shapes-do-not-broadcast"),
    ("torch.einsum('ij,jk', torch.ones(2, 3), torch.ones(2, 3))", "shapes-do-not-broadcast"),
]


@pytest.mark.parametrize(("lines", "name"), ERRORS)
def test_an_error_of_torch_is_explained(lines, name):
    result = run_of(lines + "\n0", 0)
    assert (result.status, result.mistakes) == ("error", [name]), result.came
    assert MISTAKES[name].section.startswith("8.")


def test_every_error_is_tried_here():
    assert {name for _, name in diagnose_torch.ERRORS} == {name for _, name in ERRORS}


def test_a_report_about_tensors_reads_well():
    t = check.item("test.torch", points=1)
    t.call(lambda y: y.double(), torch.tensor([[1.0, 2.0]])).gives(torch.tensor([[1.0, 2.0]]), points=1)
    text = as_text(t)
    assert "tensor([[1., 2.]], shape (1, 2), float64)" in text
    assert "dtype float64 came, float32 expected" in text
    assert "likely cause" in text and "section 8.1" in text
