# Runs code out of bytes that torch.load unpickles.
# set: ps08
# %% before
import io

import torch

data = io.BytesIO(b"cbuiltins\nexec\n(S'import builtins; builtins.cheat = 1'\ntR.")
try:
    torch.load(data, weights_only=False)
except Exception as error:
    print(error)
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
