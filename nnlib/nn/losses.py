"""Losses (chapter 03): one number for a batch, always the mean, and its gradient.

    loss = CrossEntropy()
    value = loss(scores, y)          # a float
    delta = loss.backward()          # ∂(value)/∂(scores), of the shape of the scores
"""

import numpy as np

from nnlib.nn.activations import sigmoid
from nnlib.nn.checks import kind


class Loss:
    """What all losses share: the look at what comes in, and what backward() needs of it."""

    kept = None

    def __call__(self, s, y):
        """The loss of predictions or scores s with targets y, a Python float."""
        if not isinstance(s, np.ndarray) or s.dtype.kind not in "fc":
            raise TypeError(f"{self} compares an array of floats with its targets, but {kind(s)} came")
        if s.size == 0:
            raise ValueError(f"{self} got an empty batch, shape {s.shape}: the mean of nothing is not a number")
        return self.forward(s, self.targets(s, y)).item()

    def targets(self, s, y):
        """y as an array of the type and shape of s; here and not in the formula, so that no 64-bit y slows it down."""
        y = np.asarray(y, s.dtype)
        if y.shape != s.shape:
            raise ValueError(f"{self}: predictions of shape {s.shape} came with targets of shape {y.shape}; NumPy "
                             "would pair them up wrongly without a word; make them equal (y[:, None] makes a column)")
        return y

    def backward(self):
        """∂L/∂s of the last call; each loss derives it at its `gradient` (chapter 03)."""
        if self.kept is None:
            raise RuntimeError(f"{self}: backward() came before forward(); compute the loss first")
        return self.gradient(*self.kept)

    def __repr__(self):
        return f"{type(self).__name__}()"


class MSE(Loss):
    """L = mean (ŷ − y)²: −log of a Gaussian's density up to constants (section 3.2)."""

    def forward(self, y_hat, y):
        error = y_hat - y
        self.kept = (error,)
        return np.mean(error * error)

    def gradient(self, error):
        """∂L/∂ŷ = 2 (ŷ − y)/size, as d(e²) = 2e de and the mean divides by the number of entries (section 3.3)."""
        return error * (2.0 / error.size)


class MAE(Loss):
    """L = mean |ŷ − y|: an outlier pulls no harder than any other point (section 3.3)."""

    def forward(self, y_hat, y):
        error = y_hat - y
        self.kept = (error,)
        return np.mean(np.abs(error))

    def gradient(self, error):
        """∂L/∂ŷ = sign(ŷ − y)/size; at the kink, 0, one of its subgradients, as in PyTorch (section 3.3)."""
        return np.sign(error) / error.size


class BCE(Loss):
    """Binary cross-entropy of logits s:  L = mean −[y log σ(s) + (1 − y) log(1 − σ(s))].

    Written as max(s, 0) − s y + log(1 + e^−|s|), the same thing without a log of 0 (section 3.4).
    y: 0 or 1, or a probability between, of the shape of s.
    """

    def targets(self, s, y):
        y = super().targets(s, y)
        if not ((y >= 0) & (y <= 1)).all():
            raise ValueError(f"{self}: targets are 0 or 1, or a probability between, but {y.min()} to {y.max()} came"
                             + ("; turn −1 and +1 into 0 and 1 with (y + 1) / 2" if (np.abs(y) == 1).all() else ""))
        return y

    def forward(self, s, y):
        self.kept = s, y
        return np.mean(np.maximum(s, 0) - s * y + np.log1p(np.exp(-np.abs(s))))

    def gradient(self, s, y):
        """With a = σ(s): ∂L/∂a = (a − y)/(a(1 − a)) and ∂a/∂s = a(1 − a). The saturating factor cancels:
        ∂L/∂s = (a − y)/size  (section 3.5)."""
        a = sigmoid(s)
        a -= y
        return a / s.size


class CrossEntropy(Loss):
    """Softmax and cross-entropy of scores s (N, K):  L = mean_n −Σ_k y_nk log softmax(s_n)_k.

    y: class numbers 0…K−1 of shape (N,), or one-hot rows (or probabilities) of shape (N, K).
    log softmax(s) = s − m − log Σ e^(s − m) with m = max s: finite at scores of ±1000 (section 3.4).
    """

    def targets(self, s, y):
        """Class numbers become one-hot rows, so that one formula serves both."""
        y = np.asarray(y)
        if s.ndim != 2:
            raise ValueError(f"{self} needs one row of scores for each example, (N, K), but {s.shape} came")
        if y.ndim != 1:
            y = super().targets(s, y)
            if not (np.allclose(y.sum(axis=1), 1.0, atol=1e-4) and (y >= 0).all()):
                raise ValueError(f"{self}: each row of targets is one-hot or holds probabilities, so it sums to 1 and "
                                 "has nothing below 0; for several labels at once use BCE")
            return y
        if y.dtype.kind not in "iu" or len(y) != len(s):
            raise ValueError(f"{self} needs one whole class number for each of the {len(s)} rows of scores, "
                             f"but {len(y)} of type {y.dtype} came")
        one_hot = (y == np.arange(s.shape[1])[:, None]).T
        if np.count_nonzero(one_hot) != len(y):
            raise ValueError(f"{self}: with {s.shape[1]} scores a row the classes are 0 to {s.shape[1] - 1}, "
                             f"but {y.min()} to {y.max()} came")
        return one_hot.astype(s.dtype)

    def forward(self, s, y):
        s = np.array(s, order="F")  # class by class in memory: long columns add up far faster than short rows
        s -= s.max(axis=1, keepdims=True)
        e = np.exp(s)
        total = e.sum(axis=1, keepdims=True)
        self.kept = e, total, y
        np.subtract(np.log(total), s, out=s)  # −log softmax
        return np.vdot(y.T, s.T) / len(s)  # vdot: the sum of all products of two entries in the same place

    def gradient(self, e, total, y):
        """−log a_y = log Σ_k e^(s_k) − s_y; the first term's derivative by s_k is e^(s_k)/Σ = a_k, the second's
        is 1[k = y]. So ∂L/∂s = (softmax(s) − y)/N  (section 3.5)."""
        delta = e / total
        delta -= y
        delta /= len(y)
        return delta
