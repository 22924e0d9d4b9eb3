"""nnlib.datasets: shapes, balance, determinism, and the property each set is there for."""

import numpy as np
import pytest

from nnlib.datasets import two_moons


@pytest.mark.parametrize("n", [2, 7, 200])
def test_two_moons_shapes_and_balance(n):
    X, y = two_moons(n, 0.1, np.random.default_rng(0))
    assert X.shape == (n, 2) and y.shape == (n,)
    assert set(y) == {0, 1} and abs((y == 1).sum() - n / 2) <= 0.5


def test_two_moons_lie_on_their_half_circles():
    X, y = two_moons(300, 0.0, np.random.default_rng(1))
    upper, lower = X[y == 0], X[y == 1]
    assert np.allclose(np.hypot(*upper.T), 1.0) and (upper[:, 1] >= 0).all()
    assert np.allclose(np.hypot(lower[:, 0] - 1.0, lower[:, 1] - 0.5), 1.0) and (lower[:, 1] <= 0.5).all()


def test_two_moons_cannot_be_split_by_a_line_but_nearly():
    """The best line by least squares does better than chance and worse than all."""
    X, y = two_moons(400, 0.05, np.random.default_rng(2))
    A = np.column_stack([X, np.ones(len(X))])
    w = np.linalg.lstsq(A, 2.0 * y - 1.0, rcond=None)[0]
    assert 0.75 < ((A @ w > 0) == y).mean() < 1.0


def test_same_seed_same_points_other_seed_other_points():
    first, again, other = (two_moons(20, 0.1, np.random.default_rng(s))[0] for s in (3, 3, 4))
    assert (first == again).all() and (first != other).any()


@pytest.mark.parametrize(("n", "noise", "words"), [(1, 0.1, "at least two points"), (10, -0.1, "at least 0")])
def test_two_moons_refuses(n, noise, words):
    with pytest.raises(ValueError, match=words):
        two_moons(n, noise, np.random.default_rng(0))
