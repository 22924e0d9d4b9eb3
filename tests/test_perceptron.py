"""nnlib.perceptron: truth tables, Rosenblatt's rule by hand and against its bound, margins against a certificate."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.perceptron import (
    ThresholdUnit,
    and_unit,
    learn,
    majority_unit,
    margin,
    mistake_bound,
    not_unit,
    or_unit,
    radius,
)

CORNERS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
XOR = [0, 1, 1, 0]

UNITS = {
    "and": (and_unit, lambda x: all(x)),
    "or": (or_unit, lambda x: any(x)),
    "majority": (majority_unit, lambda x: 2 * sum(x) > len(x)),
}


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("n", range(1, 8))
def test_truth_tables(name, n):
    unit, logic = UNITS[name]
    X = list(product([0, 1], repeat=n))
    assert unit(n)(X).tolist() == [int(logic(x)) for x in X]
    assert unit(n)(X[-1]) == 1 and np.ndim(unit(n)(X[-1])) == 0


def test_not():
    assert not_unit()([[0], [1]]).tolist() == [1, 0]


def test_xor_of_units_takes_a_hidden_layer():
    hidden = np.column_stack([or_unit(2)(CORNERS), and_unit(2)(CORNERS)])
    assert ThresholdUnit(np.array([1.0, -1.0]), 1)(hidden).tolist() == XOR


# --- Rosenblatt's rule ---------------------------------------------------------------


def test_updates_by_hand():
    """OR from w = 0, b = 0. It fires at z = 0, so (0, 0) is the first mistake, and (0, 1) the second."""
    learned = learn(CORNERS, [0, 1, 1, 1], lr=0.5)
    steps = [(u.epoch, u.n, u.target, u.output, u.w.tolist(), u.b) for u in learned.updates]
    assert steps[:3] == [(0, 0, 0, 1, [0.0, 0.0], -0.5), (0, 1, 1, 0, [0.0, 0.5], 0.0), (1, 0, 0, 1, [0.0, 0.5], -0.5)]
    assert learned.converged and learned(CORNERS).tolist() == [0, 1, 1, 1]
    assert (learned.w == learned.updates[-1].w).all() and learned.b == learned.updates[-1].b


def test_only_mistakes_move_it_and_only_active_inputs():
    X, t = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]), [0, 0]
    learned = learn(X, t, lr=0.1, epochs=1)
    assert [u.n for u in learned.updates] == [0]  # the second is right by then: −0.1 < 0
    assert learned.w.tolist() == [-0.1, 0.0, -0.2]
    assert learn(X, [1, 1]).updates == []


def test_history_is_not_overwritten():
    updates = learn(CORNERS, [0, 0, 0, 1]).updates
    assert len({u.w.tobytes() + np.float64(u.b).tobytes() for u in updates}) > 3


def separable(seed, gap=0.0):
    """Examples that a random plane separates, at least `gap` from it."""
    rng = np.random.default_rng(seed)
    n, d = rng.integers(2, 40), rng.integers(1, 6)
    w, b = rng.normal(size=d), rng.normal()
    X = rng.normal(size=(400, d)) * 3.0
    z = (X @ w + b) / np.linalg.norm(w)
    X, z = X[np.abs(z) > gap][:n], z[np.abs(z) > gap][:n]
    return X, (z >= 0).astype(int)


@given(seed=st.integers(0, 10**6), lr=st.sampled_from([0.01, 1.0, 30.0]), shuffled=st.booleans())
def test_mistakes_stay_below_the_bound(seed, lr, shuffled):
    X, t = separable(seed, gap=0.4)
    bound = mistake_bound(X, t)
    learned = learn(X, t, lr, epochs=int(bound) + 2, rng=np.random.default_rng(seed) if shuffled else None)
    assert learned.converged and (learned(X) == t).all()
    assert len(learned.updates) <= bound


def test_the_bound_is_not_far_away():
    """On OR the bound is 27, and some order of the examples comes within a factor of 6."""
    t = [0, 1, 1, 1]
    assert mistake_bound(CORNERS, t) == pytest.approx(27.0)
    mistakes = [len(learn(CORNERS, t, rng=np.random.default_rng(seed)).updates) for seed in range(30)]
    assert min(mistakes) < max(mistakes) and 27 / 6 < max(mistakes) <= 27


def test_it_cycles_on_xor_and_never_comes_to_rest():
    learned = learn(CORNERS, XOR, epochs=200)
    assert not learned.converged and learned.epochs == 200 and len(learned.updates) >= 200
    states = [(u.n, u.w.tobytes(), u.b) for u in learned.updates]
    assert len(set(states)) < 20  # the same few weights again and again
    assert mistake_bound(CORNERS, XOR) == np.inf


# --- margin --------------------------------------------------------------------------


def distance_from_plane(X, t, w, b):
    return np.where(np.asarray(t) == 1, 1.0, -1.0) * (X @ w + b)


@given(seed=st.integers(0, 10**6))
def test_margin_is_reached_and_no_plane_has_more(seed):
    """Reached: by (w, b). No more: the same number is the distance of a point of the hull from 0."""
    X, t = separable(seed, gap=0.05)
    gamma, w, b = margin(X, t)
    assert np.hypot(np.linalg.norm(w), b) == pytest.approx(1.0)
    assert distance_from_plane(X, t, w, b).min() == pytest.approx(gamma, rel=1e-6)
    points = np.where(t == 1, 1.0, -1.0)[:, None] * np.column_stack([X, np.ones(len(X))])
    rng = np.random.default_rng(seed)
    for _ in range(20):  # every other unit (w, b) near or far does worse
        other = np.append(w, b) + rng.normal(size=len(w) + 1) * 10.0 ** rng.uniform(-4, 1)
        assert (points @ other).min() / np.linalg.norm(other) <= gamma * (1 + 1e-9)
    shares = rng.dirichlet(np.full(len(points), 0.3), size=20)
    assert (np.linalg.norm(shares @ points, axis=1) >= gamma * (1 - 1e-9)).all()


@pytest.mark.parametrize(("X", "t", "gamma"), [
    (CORNERS, [0, 1, 1, 1], 1 / 3),
    ([[-1.0], [1.0]], [0, 1], 1.0),
    ([[2.0], [4.0]], [0, 1], 1 / 10**0.5),  # plane x − 3, length √10
    ([[3.0, 4.0]], [1], 26**0.5),  # one example: the plane turns straight towards it
    (CORNERS, XOR, 0.0),
    ([[1.0, 2.0], [1.0, 2.0]], [0, 1], 0.0),  # the same point in both classes
    ([[0.0], [1.0], [2.0]], [0, 1, 0], 0.0),
    ([[0.0], [1e-6], [1.0]], [0, 1, 1], 5e-7),
    ([[0.0], [1e-8], [1.0]], [0, 1, 1], 0.0),  # too fine: (w, b) would be rounding
])
def test_margins_in_closed_form(X, t, gamma):
    assert margin(X, t).gamma == pytest.approx(gamma, abs=1e-12)
    if gamma == 0.0:
        assert mistake_bound(X, t) == np.inf and not margin(X, t).w.any()


def test_radius():
    assert radius([[3.0, 4.0], [0.0, 1.0]]) == pytest.approx(26**0.5)


@given(seed=st.integers(0, 10**6))
def test_margin_ends_on_grids_full_of_ties(seed):
    rng = np.random.default_rng(seed)
    n, d = rng.integers(2, 60), rng.integers(1, 6)
    X, t = rng.integers(0, 3, (n, d)), rng.integers(0, 2, n)
    gamma, w, b = margin(X, t)
    if gamma:
        assert distance_from_plane(X, t, w, b).min() == pytest.approx(gamma, rel=1e-6)
    else:
        assert not learn(X, t, epochs=30).converged


@given(seed=st.integers(0, 10**6))
def test_margin_of_mixed_classes_is_zero(seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(60, rng.integers(1, 4))) * 10.0 ** rng.uniform(-3, 3)
    assert margin(X, rng.permutation(60) % 2) == (0.0, pytest.approx(np.zeros(X.shape[1])), 0.0)


# --- errors --------------------------------------------------------------------------

ERRORS = {
    "unit, inputs": (lambda: and_unit(2)([1, 0, 1]), r"2 weights.*\(3,\) came"),
    "unit, none": (lambda: or_unit(0), "at least one input, but n = 0"),
    "lr zero": (lambda: learn(CORNERS, XOR, lr=0), "lr = 0.*never move"),
    "lr negative": (lambda: learn(CORNERS, XOR, lr=-1.0), "lr = -1.0.*away from what is right"),
    "epochs": (lambda: learn(CORNERS, XOR, epochs=0), "epochs = 0"),
    "one row": (lambda: learn([1.0, 2.0], [1]), r"shape \(N, D\), but it has shape \(2,\)"),
    "empty": (lambda: learn(np.ones((0, 2)), []), r"shape \(0, 2\)"),
    "targets, number": (lambda: learn(CORNERS, [0, 1]), r"each of the 4 examples.*shape \(2,\)"),
    "targets, signs": (lambda: learn(CORNERS, [-1, 1, 1, 1]), r"t holds -1; turn .*\(t \+ 1\) // 2"),
    "targets, classes": (lambda: margin(CORNERS, [0, 1, 2, 1]), "0 or 1, but t holds 2"),
    "nan": (lambda: learn([[np.nan]], [1]), "NaN"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_say_what_came(name):
    call, words = ERRORS[name]
    with pytest.raises(ValueError, match=words):
        call()
