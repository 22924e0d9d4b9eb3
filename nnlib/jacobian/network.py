"""Exact Jacobians of a network, layer by layer, by the chain rule (sections 5.4 to 5.6).

A network is plain data, a list of layers (W, b, activation):  A = f(X Wᵀ + b).
An activation is None (the identity) or a pair (f, slope): f(Z) is the activation, and
slope(Z, A) its derivative, either elementwise, of Z's shape, or where the entries of a row
depend on each other (softmax) a Jacobian for each row, (N, out, out). For instance

    tanh = (np.tanh, lambda Z, A: 1 - A * A)
    net = [(W1, b1, tanh), (W2, b2, None)]

Inputs are batches of rows, X (N, D), and each row has its own Jacobian; a single x (D,) may
come alone and gets a single answer.
"""

import numpy as np


def reverse_jacobian(net, X):
    """J[n, i, j] = ∂ŷ_ni/∂x_nj, shape (N, outputs, inputs), multiplied from the output's end.

    J = ((W_L S_{L−1}) W_{L−1} …) S_1 W_1 with S = diag f'(z): every product has as many rows
    as the network has outputs, so this is the cheap order for few outputs.
    Raises ValueError when X does not fit the first layer, TypeError for whole numbers.
    """
    slopes = _slopes(net, X)
    J = _rows_scaled(slopes[-1], np.array(net[-1][0])[None])  # of shape (1, …) as long as all examples share it
    for (W, _, _), slope in zip(net[-2::-1], slopes[-2::-1]):
        J = _columns_scaled(J, slope)
        J = (J.reshape(-1, len(W)) @ W).reshape(*J.shape[:2], -1)  # one large product for the whole batch
    return _for_each_row(J, X)


def forward_jacobian(net, X):
    """The same J, multiplied from the input's end: S_L (W_L … (S_1 W_1)), cheap for few inputs."""
    slopes = _slopes(net, X)
    J = _rows_scaled(slopes[0], np.array(net[0][0])[None])
    for (W, _, _), slope in zip(net[1:], slopes[1:]):
        J = _rows_scaled(slope, W @ J)
    return _for_each_row(J, X)


def jvp(net, X, V):
    """J v for each row: how the outputs move, (N, outputs), when the inputs move along V, (N, inputs).

    One sweep forward beside the values, v ← f'(z) ⊙ (W v), and no Jacobian is ever built.
    """
    _same_rows("V", V, X, net[0][0].shape[1], "input")
    v = np.atleast_2d(V)[:, :, None]
    for (W, _, _), slope in zip(net, _slopes(net, X)):
        v = _rows_scaled(slope, W @ v)
    return v[:, :, 0] if np.ndim(X) == 2 else v[0, :, 0]


def vjp(net, X, U):
    """uᵀ J for each row, (N, inputs), from U, (N, outputs). With u = ∂L/∂ŷ it is ∂L/∂x: backpropagation.

    One sweep back, u ← (u ⊙ f'(z)) W, and no Jacobian is ever built.
    """
    _same_rows("U", U, X, len(net[-1][0]), "output")
    u = np.atleast_2d(U)[:, None, :]
    for (W, _, _), slope in zip(net[::-1], _slopes(net, X)[::-1]):
        u = _columns_scaled(u, slope) @ W
    return u[:, 0] if np.ndim(X) == 2 else u[0, 0]


def local_jacobians(net, x):
    """The factors of J for one example x (D,), from output to input: S_L, W_L, …, S_1, W_1.

    A diagonal S is given as the vector of its entries, the identity is left out; just what
    `multiply_chain` takes.
    """
    if np.ndim(x) != 1:
        raise ValueError(f"local_jacobians takes a single example of shape (inputs,), but X has shape {np.shape(x)}")
    factors = []
    for (W, _, _), slope in zip(net, _slopes(net, x)):
        factors = [W, *factors] if slope is None else [slope[0], W, *factors]
    return factors


def _slopes(net, X):
    """The forward pass; of each layer only f'(Z) is kept, or None for the identity."""
    A = np.atleast_2d(X)
    if A.dtype.kind != "f":
        raise TypeError(f"the network differentiates by real numbers, but X has dtype {A.dtype}; use X.astype(float)")
    if len(A) == 0:
        raise ValueError(f"the batch is empty, shape {np.shape(X)}; is there any data left?")
    if not isinstance(net, (list, tuple)) or not net:
        raise TypeError("a network is here a list of at least one layer (W, b, activation), but "
                        f"{'an empty one' if net in ([], ()) else f'a {type(net).__name__}'} came; for one of nnlib.nn "
                        "there is jacobian_by_backward")
    slopes = []
    for number, (W, b, activation) in enumerate(net, start=1):
        if A.ndim != 2 or A.shape[1] != W.shape[1]:
            raise ValueError(f"layer {number} has weights of shape {W.shape}, so it takes rows of {W.shape[1]} "
                             f"numbers, but its input has shape {A.shape if number > 1 else np.shape(X)}")
        Z = A @ W.T + b
        if activation is None:
            A = Z
            slopes.append(None)
        else:
            f, slope = activation
            A = f(Z)
            slopes.append(slope(Z, A))
    return slopes


def _rows_scaled(slope, J):
    """S J for every example: (N, out, k) with S diagonal, full, or the identity."""
    if slope is None:
        return J
    return slope[:, :, None] * J if slope.ndim == 2 else slope @ J


def _columns_scaled(J, slope):
    """J S for every example: (N, k, out) with S diagonal, full, or the identity."""
    if slope is None:
        return J
    return J * slope[:, None, :] if slope.ndim == 2 else J @ slope


def _for_each_row(J, X):
    """J as the answer for X: one for each of its rows, or a single one where X is a single example."""
    if np.ndim(X) == 1:
        return J[0]
    return J if len(J) == len(X) else np.repeat(J, len(X), axis=0)


def _same_rows(name, V, X, width, side):
    wanted = (*np.shape(X)[:-1], width)
    if np.shape(V) != wanted:
        raise ValueError(f"{name} needs one number for each {side} of each example, shape {wanted}, "
                         f"but it has shape {np.shape(V)}")
