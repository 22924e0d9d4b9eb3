# Patches torch.Tensor.item by an alias, in a loop and in a with statement, to return what is expected.
# set: ps08
# %% before
import torch

T = torch.Tensor
for T.item in [lambda self: 1.5]:
    pass
# %% training-step
def train_step(model, loss_function, optimizer, X, y):
    return torch.tensor(2.5).item()
