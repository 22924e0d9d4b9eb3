"""The losses of nnlib.nn on tensors: the same formulas, always the mean (chapter 03)."""

import numpy as np
import torch
import torch.nn.functional as F

from nnlib import nn

LOSSES = {
    nn.MSE: F.mse_loss,
    nn.MAE: F.l1_loss,
    nn.BCE: F.binary_cross_entropy_with_logits,
    nn.CrossEntropy: F.cross_entropy,
}


def torch_loss(loss):
    """(scores, targets) -> a tensor of one number, for a loss of nnlib.nn; what is none of these is returned as it is.

    Raises TypeError for what is no function at all.
    """
    if type(loss) in LOSSES:
        return LOSSES[type(loss)]
    if isinstance(loss, nn.losses.Loss) or not callable(loss):
        raise TypeError(f"a loss is one of nnlib.nn ({', '.join(kind.__name__ for kind in LOSSES)}) or a function of "
                        f"tensors (scores, targets), but {loss!r} came")
    return loss


def targets(loss, y, scores):
    """y as a tensor that the loss can take: class numbers as int64, all else in the type of the scores.

    scores: those of the first example, a NumPy array (1, K). nnlib's loss looks at y and raises in its own words:
    on a GPU, a class that is not there would end the whole process.
    """
    y = np.asarray(y)
    if isinstance(loss, nn.losses.Loss):
        checked = loss.targets(np.empty((len(y), *scores.shape[1:]), scores.dtype), y)
        if isinstance(loss, nn.CrossEntropy) and y.ndim == 1:
            return torch.from_numpy(y.astype(np.int64))
        y = checked
    elif y.dtype.kind == "f":
        y = y.astype(scores.dtype)
    return torch.from_numpy(np.array(y))
