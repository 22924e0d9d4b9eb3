"""nnlib.datasets: shapes, balance, determinism, and the property each set is there for."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.datasets import blobs, digits, semicircle_to_parabola, spirals, split, two_moons, xor


def rng(seed=0):
    return np.random.default_rng(seed)


CENTRES = [[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]]

# Each set that is drawn for classification: (n, rng) -> X, y, and how many classes it has.
CLASSES = {
    "xor": (lambda n, rng: xor(n, 0.1, rng), 2, 4),
    "two moons": (lambda n, rng: two_moons(n, 0.1, rng), 2, 2),
    "two spirals": (lambda n, rng: spirals(n, 0.01, rng), 2, 2),
    "three spirals": (lambda n, rng: spirals(n, 0.01, rng, classes=3, turns=0.7), 3, 3),
    "blobs": (lambda n, rng: blobs(n, CENTRES, 0.3, rng), 3, 3),
}


@pytest.mark.parametrize("name", CLASSES)
@pytest.mark.parametrize("n", ["least", 7, 200])
def test_shapes_and_balance(name, n):
    draw, classes, least = CLASSES[name]
    n = least if n == "least" else n
    X, y = draw(n, rng())
    assert X.shape == (n, 2) and X.dtype == float and y.shape == (n,) and y.dtype.kind == "i"
    counts = np.bincount(y, minlength=classes)
    assert len(counts) == classes and counts.min() >= 1
    assert counts.max() - counts.min() <= (2 if name == "xor" else 1)


@pytest.mark.parametrize("name", [*CLASSES, "semicircle"])
def test_same_seed_same_points_other_seed_other_points(name):
    draw = CLASSES[name][0] if name in CLASSES else semicircle_to_parabola
    first, again, other = (draw(20, rng(s)) for s in (3, 3, 4))
    assert all((a == b).all() for a, b in zip(first, again)) and (first[0] != other[0]).any()


@pytest.mark.parametrize("name", CLASSES)
def test_the_order_is_random(name):
    y = CLASSES[name][0](60, rng())[1]
    assert 20 < (np.diff(y) != 0).sum() < 58 and not (np.diff(y) >= 0).all()


def best_line_by_least_squares(X, y):
    """The share of examples on the right side of it."""
    A = np.column_stack([X, np.ones(len(X))])
    w = np.linalg.lstsq(A, 2.0 * y - 1.0, rcond=None)[0]
    return ((A @ w > 0) == y).mean()


def nearest_neighbour(X, y):
    """The share of examples whose nearest other example has the same class."""
    distance = ((X[:, None] - X[None]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, np.inf)
    return (y[distance.argmin(axis=1)] == y).mean()


def test_xor_is_the_truth_table_and_no_line_solves_it():
    X, y = xor()
    assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]] and y.tolist() == [0, 1, 1, 0]
    grid = np.linspace(-3.0, 3.0, 25)
    for w1 in grid:
        for w2 in grid:
            z = X @ [w1, w2]
            assert not any(((z + b >= 0) == y).all() for b in grid)
    X, y = xor(400, 0.1, rng())
    assert ((np.round(X).astype(int) % 2).sum(axis=1) == 1).astype(int).tolist() == y.tolist()
    assert abs(X.std(axis=0) - np.hypot(0.5, 0.1)).max() < 0.02


def test_two_moons_lie_on_their_half_circles():
    X, y = two_moons(300, 0.0, rng(1))
    upper, lower = X[y == 0], X[y == 1]
    assert np.allclose(np.hypot(*upper.T), 1.0) and (upper[:, 1] >= 0).all()
    assert np.allclose(np.hypot(lower[:, 0] - 1.0, lower[:, 1] - 0.5), 1.0) and (lower[:, 1] <= 0.5).all()


def test_two_moons_cannot_be_split_by_a_line_but_nearly():
    """The best line by least squares does better than chance and worse than all."""
    assert 0.75 < best_line_by_least_squares(*two_moons(400, 0.05, rng(2))) < 1.0


def test_spirals_lie_on_their_arms_and_wind_around_each_other():
    X, y = spirals(400, 0.0, rng(3), classes=2, turns=1.5)
    r, angle = np.hypot(*X.T), np.arctan2(X[:, 1], X[:, 0])
    turned = angle - 2 * np.pi * (1.5 * r + y / 2)
    assert r.max() <= 1.0 and np.allclose(np.cos(turned), 1.0) and np.allclose(np.sin(turned), 0.0, atol=1e-9)
    assert best_line_by_least_squares(X, y) < 0.7 and nearest_neighbour(X, y) > 0.9
    assert abs((r < 0.5**0.5).mean() - 0.5) < 0.08  # evenly over the disc: half of the area, half of the points


def test_blobs_have_their_centres_and_spread():
    X, y = blobs(3000, CENTRES, 0.3, rng(4))
    for k, centre in enumerate(CENTRES):
        assert abs(X[y == k].mean(axis=0) - centre).max() < 0.05 and abs(X[y == k].std(axis=0) - 0.3).max() < 0.03
    assert blobs(10, np.eye(5), 0.0, rng())[0].shape == (10, 5)


def test_semicircle_to_parabola():
    for X, Y in (semicircle_to_parabola(50), semicircle_to_parabola(500, rng(5))):
        assert X.shape == Y.shape == (len(X), 2)
        assert np.allclose((X**2).sum(axis=1), 1.0) and (X[:, 1] >= 0).all()
        assert np.allclose(Y[:, 1], Y[:, 0] ** 2) and (Y[:, 0] == X[:, 0]).all()
        assert Y[:, 0].min() < -0.99 and Y[:, 0].max() > 0.99
    X, _ = semicircle_to_parabola(50)
    assert np.ptp(np.hypot(*np.diff(X, axis=0).T)) < 1e-12  # equal steps along the arc


def test_digits_are_the_real_ones():
    X, y = digits()
    assert X.shape == (1797, 64) and X.min() == 0.0 and X.max() == 1.0 and X.dtype == float
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert nearest_neighbour(X[:600], y[:600]) > 0.95  # the images belong to their classes


def test_digits_without_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        digits()


@given(counts=st.lists(st.integers(0, 40), min_size=1, max_size=6).filter(any), validation=st.floats(0, 0.45),
       test=st.floats(0, 0.45), seed=st.integers(0, 99))
def test_split_deals_every_example_once_and_classes_fairly(counts, validation, test, seed):
    y = rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    X = np.arange(len(y))[:, None] * 1.0
    parts = split(X, y, rng(seed), validation, test)
    assert sorted(i for part in parts for i in part[0].ravel()) == list(range(len(y)))
    for (X_part, y_part), share in zip(parts, (1 - validation - test, validation, test)):
        assert (y[X_part.ravel().astype(int)] == y_part).all()
        assert abs(len(y_part) - share * len(y)) <= 1.5
        for k, count in enumerate(counts):
            assert abs((y_part == k).sum() - share * count) < 3
    again, other = split(X, y, rng(seed), validation, test), split(X, y, rng(seed + 1), validation, test)
    assert (again.train[0] == parts.train[0]).all()
    assert len(y) < 20 or (other.train[0] != parts.train[0]).any()


def test_split_of_digits_and_of_a_regression():
    X, y = digits()
    train, validation, test = split(X, y, rng(), validation=0.1, test=0.25)
    assert (len(train[1]), len(validation[1]), len(test[1])) == (1168, 180, 449)
    for _, part in (train, validation, test):
        assert abs(np.bincount(part) / len(part) - np.bincount(y) / len(y)).max() < 0.006
    X, Y = semicircle_to_parabola(30, rng())
    parts = split(X, Y, rng(), validation=0, test=0.5, stratify=False)
    assert [part[1].shape for part in parts] == [(15, 2), (0, 2), (15, 2)]


ERRORS = {
    "one moon": (lambda: two_moons(1, 0.1, rng()), "at least 2.*n = 1"),
    "moons, noise": (lambda: two_moons(10, -0.1, rng()), "at least 0, but it is -0.1"),
    "three corners": (lambda: xor(3), "at least 4.*n = 3"),
    "xor, noise": (lambda: xor(8, -1.0, rng()), "at least 0"),
    "spirals": (lambda: spirals(2, 0.1, rng(), classes=3), "at least 3, one for each arm"),
    "spirals, noise": (lambda: spirals(9, -2, rng()), "at least 0"),
    "blobs": (lambda: blobs(2, CENTRES, 0.1, rng()), "one for each centre"),
    "blobs, noise": (lambda: blobs(9, CENTRES, -1, rng()), "at least 0"),
    "blobs, centres": (lambda: blobs(9, [1.0, 2.0], 0.1, rng()), r"\(classes, D\), but it has shape \(2,\)"),
    "no semicircle": (lambda: semicircle_to_parabola(0), "at least 1"),
    "split, lengths": (lambda: split(np.ones((3, 2)), np.ones(2, int), rng()), "X has 3 rows, y has 2"),
    "split, all taken": (lambda: split(np.eye(3), np.ones(3, int), rng(), 0.5, 0.5), "leave something to train on"),
    "split, negative": (lambda: split(np.ones((3, 2)), np.ones(3, int), rng(), -0.1, 0.5), "between 0 and 1"),
    "moons, nan": (lambda: two_moons(10, float("nan"), rng()), "at least 0, but it is nan"),
    "no arms": (lambda: spirals(9, 0.1, rng(), classes=0), "number of arms, at least 1, but it is 0"),
    "split, none left": (lambda: split(np.eye(9), np.ones(9, int), rng(), 0.0, 0.99), "of 9 examples none is left"),
    "split, classes": (lambda: split(np.ones((3, 2)), np.ones(3), rng()), "stratify=False"),
    "split, one-hot": (lambda: split(np.ones((3, 2)), np.eye(3, dtype=int), rng()), r"y has shape \(3, 3\)"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_came(name):
    call, words = ERRORS[name]
    with pytest.raises(ValueError, match=words):
        call()


@pytest.mark.parametrize("call", [
    lambda rng: xor(8, 0.1, rng), lambda rng: two_moons(8, 0.1, rng), lambda rng: spirals(8, 0.1, rng),
    lambda rng: blobs(8, CENTRES, 0.1, rng), lambda rng: split(np.ones((3, 2)), np.ones(3, int), rng)])
@pytest.mark.parametrize("bad", [None, 0, np.random.RandomState(0)])
def test_random_numbers_come_from_a_generator(call, bad):
    with pytest.raises(TypeError, match="from a generator that you give"):
        call(bad)
