"""Every loss of nnlib.nn against PyTorch and finite differences, at extreme scores, and its error messages."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nn_cases import LOSSES

from nnlib import nn

every_loss = pytest.mark.parametrize("name", LOSSES)
extreme = pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("mse", "mae")])


def compare_with_torch(name, s, y, tolerance=1e-10):
    case = LOSSES[name]
    loss = case.make()
    value, delta = loss(s, y), loss.backward()
    s_torch = torch.tensor(s, requires_grad=True)
    value_torch = case.twin(s_torch, torch.tensor(y))
    value_torch.backward()
    assert isinstance(value, float)
    assert value == pytest.approx(value_torch.item(), rel=tolerance, abs=tolerance)
    np.testing.assert_allclose(delta, s_torch.grad.numpy(), rtol=tolerance, atol=tolerance)
    assert delta.dtype == s.dtype
    return delta


@every_loss
@settings(max_examples=50, deadline=None)
@given(N=st.integers(1, 6), K=st.integers(1, 6), seed=st.integers(0, 10**6))
def test_value_and_gradient_equal_torch(name, N, K, seed):
    rng = np.random.default_rng(seed)
    compare_with_torch(name, rng.normal(0, 3, (N, K)), LOSSES[name].targets(N, K, rng))


@extreme
@pytest.mark.parametrize("size", [40.0, 1000.0])
def test_scores_of_a_thousand_stay_finite_and_right(name, size):
    rng = np.random.default_rng(0)
    delta = compare_with_torch(name, size * rng.choice([-1.0, 1.0], (20, 4)), LOSSES[name].targets(20, 4, rng))
    assert np.isfinite(delta).all()


@every_loss
def test_float32_stays_float32(name):
    rng = np.random.default_rng(0)
    y = LOSSES[name].targets(20, 4, rng)
    s = rng.normal(0, 3, (20, 4)).astype(np.float32)
    compare_with_torch(name, s, y.astype(np.float32) if y.dtype.kind == "f" else y, tolerance=1e-6)
    loss = LOSSES[name].make()
    loss(s, y)  # float64 targets do not turn it into float64 either
    assert loss.backward().dtype == loss.targets(s, y).dtype == np.float32


@every_loss
def test_gradient_equals_central_differences(name):
    rng = np.random.default_rng(0)
    s, y, h = rng.normal(size=(4, 3)), LOSSES[name].targets(4, 3, rng), 1e-6
    loss = LOSSES[name].make()
    numeric = np.empty_like(s)
    for i in np.ndindex(s.shape):
        step = np.zeros_like(s)
        step[i] = h
        numeric[i] = (loss(s + step, y) - loss(s - step, y)) / (2 * h)
    loss(s, y)
    np.testing.assert_allclose(loss.backward(), numeric, rtol=1e-6, atol=1e-8)


def test_certain_and_right_costs_nothing_certain_and_wrong_without_limit():
    right, wrong = np.array([[1000.0, 0.0]]), np.array([[-1000.0, 0.0]])
    assert str(nn.CrossEntropy()(right, [0])) == "0.0"  # and not −0.0
    assert nn.CrossEntropy()(wrong, [0]) == 1000.0
    assert nn.CrossEntropy()(np.zeros((1, 10)), [3]) == pytest.approx(math.log(10))
    assert nn.BCE()(right, [[1.0, 0.0]]) == pytest.approx(math.log(2) / 2)


def test_the_gradient_is_prediction_minus_target():
    rng = np.random.default_rng(0)
    s, y = rng.normal(size=(5, 3)), rng.integers(0, 3, 5)
    loss = nn.CrossEntropy()
    loss(s, y)
    np.testing.assert_allclose(loss.backward(), (nn.softmax(s) - np.eye(3)[y]) / 5, rtol=1e-12, atol=1e-16)


@every_loss
def test_the_arguments_stay_as_they_are(name):
    rng = np.random.default_rng(0)
    s, y = rng.normal(size=(5, 3)), LOSSES[name].targets(5, 3, rng)
    s.flags.writeable = y.flags.writeable = False
    loss = LOSSES[name].make()
    loss(s, y)
    loss.backward()


@every_loss
def test_an_empty_batch_is_an_error(name):
    with pytest.raises(ValueError, match=r"empty batch, shape \(0, 3\)"):
        LOSSES[name].make()(np.empty((0, 3)), np.empty((0, 3)))


@pytest.mark.parametrize(("bad", "words"), [
    (np.ones((2, 3), dtype=np.int64), "an array of int64"), ([[0.5, 1.0, 2.0]] * 2, "a list"), (None, "a NoneType")])
@every_loss
def test_scores_that_are_no_floats_are_an_error(name, bad, words):
    with pytest.raises(TypeError, match=f"compares an array of floats with its targets, but {words} came"):
        LOSSES[name].make()(bad, np.ones((2, 3)))


@every_loss
def test_backward_before_forward_is_an_error(name):
    with pytest.raises(RuntimeError, match=r"backward\(\) came before forward\(\)"):
        LOSSES[name].make().backward()


@pytest.mark.parametrize(("loss", "s", "y", "words"), [
    (nn.MSE, (3, 1), np.zeros(3), r"predictions of shape \(3, 1\) came with targets of shape \(3,\)"),
    (nn.MAE, (3,), np.zeros((3, 1)), r"predictions of shape \(3,\) came with targets of shape \(3, 1\)"),
    (nn.BCE, (3, 2), np.zeros((2, 3)), r"predictions of shape \(3, 2\) came with targets of shape \(2, 3\)"),
    (nn.CrossEntropy, (3, 2), [0, 1], "one whole class number for each of the 3 rows of scores, but 2"),
    (nn.CrossEntropy, (3, 2), [0.0, 1.0, 1.0], "of type float64 came"),
    (nn.CrossEntropy, (3, 2), [0, 1, 2], "the classes are 0 to 1, but 0 to 2 came"),
    (nn.CrossEntropy, (3, 2), [0, 1, -1], "the classes are 0 to 1, but -1 to 1 came"),
    (nn.CrossEntropy, (3, 2), np.zeros((3, 3)), r"targets of shape \(3, 3\)"),
    (nn.CrossEntropy, (3, 2), np.ones((3, 2)), "it sums to 1 and has nothing below 0; for several labels .* use BCE"),
    (nn.CrossEntropy, (1, 3), [[2.0, -1.0, 0.0]], "has nothing below 0"),
    (nn.BCE, (3, 1), np.array([[1.0], [2.0], [0.0]]), "0 or 1, or a probability between, but 0.0 to 2.0 came$"),
    (nn.BCE, (2, 1), np.array([[1.0], [-1.0]]), r"but -1.0 to 1.0 came; turn −1 and \+1 into 0 and 1"),
    (nn.BCE, (2, 1), np.array([[np.nan], [1.0]]), "a probability between"),
    (nn.CrossEntropy, (3,), [0, 1, 1], r"one row of scores for each example, \(N, K\), but \(3,\) came"),
])
def test_targets_that_do_not_fit_say_why(loss, s, y, words):
    with pytest.raises(ValueError, match=words):
        loss()(np.zeros(s), y)
