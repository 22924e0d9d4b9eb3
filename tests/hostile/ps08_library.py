# Registers operators of its own in PyTorch's tables.
# set: ps08
# %% before
import torch
from torch.library import Library

table = Library("aten", "IMPL")
# %% sequences
def project(X, W):
    Y = torch.zeros(X.shape[0], W.shape[0], X.shape[2])
    for t in range(X.shape[0]):
        Y[t] = W @ X[t]
    return Y


def attention(X, q):
    s = torch.zeros(X.shape[0], X.shape[2])
    for t in range(X.shape[0]):
        s[t] = (X[t] * q).sum(dim=0) / X.shape[1] ** 0.5
    return torch.softmax(s, dim=0)
