"""Why backpropagation caches (section 7.5): the same gradients with O(L²) and with O(L) matrix products.

A network of L layers without biases, A[l] = tanh(A[l-1] @ W[l].T); `Ws` is the list W[1] … W[L], and
`delta` is ∂L/∂Z[L]. `product(A, B)` multiplies two matrices; give one that counts to count.
"""

from operator import matmul

import numpy as np


def forward(Ws, X, product=matmul):
    """[A[0], …, A[L]] with A[0] = X. L products."""
    A = [X]
    for W in Ws:
        A.append(np.tanh(product(A[-1], W.T)))
    return A


def downwards(delta, W, a, product):
    """delta[l-1] from delta[l], with one product: through W[l], then tanh.

    The slope of tanh is 1 − a², where a = A[l-1].
    """
    return product(delta, W) * (1 - a * a)


def cached_gradients(Ws, A, delta, product=matmul):
    """∂L/∂W for every layer, each delta made from the one above it.

    L products for the gradients and L − 1 for the deltas.
    With the forward pass, 3L − 1.
    """
    gradients = [None] * len(Ws)
    for i in reversed(range(len(Ws))):  # the layer l = i + 1, its input A[i]
        gradients[i] = product(delta.T, A[i])
        if i > 0:
            delta = downwards(delta, Ws[i], A[i], product)
    return gradients


def direct_gradients(Ws, A, delta, product=matmul):
    """∂L/∂W for every layer, each by the chain rule from the loss down, as if
    it were the only one.

    Layer l = 1 … L walks down L − l layers and needs one product more,
    Σ (L − l + 1) = L (L + 1)/2: with the forward pass, (L² + 3L)/2.
    """
    gradients = []
    for i in range(len(Ws)):
        d = delta
        for k in reversed(range(i + 1, len(Ws))):
            d = downwards(d, Ws[k], A[k], product)
        gradients.append(product(d.T, A[i]))
    return gradients
