# Turns off the counting of operations by PyTorch's own public context.
# set: ps08
# %% sequences
def project(X, W):
    with torch.DisableTorchFunction():
        return torch.stack([W @ X[t] for t in range(len(X))])
def attention(X, q):
    with torch.DisableTorchFunction():
        scores = torch.stack([(X[t] * q).sum(dim=0) for t in range(len(X))]) / math.sqrt(X.shape[1])
        return torch.softmax(scores, dim=0)
