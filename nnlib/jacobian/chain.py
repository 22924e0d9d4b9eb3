"""The chain rule as a product of Jacobians, and what the order of multiplying costs (5.4, 5.6)."""

import numpy as np


def multiply_chain(factors, order):
    """The product of the factors, and how many multiplications of two numbers it took.

    factors: the Jacobians from the output back to the input, J_L, …, J_1, as matrices, or
             as vectors where a Jacobian is diagonal (an elementwise activation). For J v put
             v[:, None] at the end; for u J put u[None, :] in front.
    order:   "forward" multiplies as the input's change travels, J_L (… (J_2 J_1)): cheap for
             few inputs. "reverse" goes from the output, ((J_L J_{L−1}) …) J_1: cheap for few
             outputs, and so for a loss.

    An (m, k) by a (k, n) matrix takes m k n multiplications; a diagonal takes one for each
    entry it scales. Both orders give the same matrix. Raises ValueError when shapes do not
    fit, or for another order.
    """
    if order not in ("forward", "reverse"):
        raise ValueError(f"order is 'forward' or 'reverse', not {order!r}")
    factors = [np.asarray(factor, dtype=float) for factor in factors]
    count = 0
    if order == "forward":
        product = factors[-1]
        for factor in reversed(factors[:-1]):
            product, n = _multiply(factor, product)
            count += n
    else:
        product = factors[0]
        for factor in factors[1:]:
            product, n = _multiply(product, factor)
            count += n
    return (np.diag(product) if product.ndim == 1 else product), count


def _multiply(A, B):
    """A B and its multiplications; a vector stands for the diagonal matrix of its entries."""
    if A.shape[-1] != B.shape[0]:
        raise ValueError(f"Jacobians must fit together: one with {A.shape[-1]} inputs (shape {A.shape}) "
                         f"follows one with {B.shape[0]} outputs (shape {B.shape})")
    if A.ndim == 1:
        return (A * B if B.ndim == 1 else A[:, None] * B), B.size
    if B.ndim == 1:
        return A * B, A.size
    return A @ B, A.shape[0] * A.shape[1] * B.shape[1]
