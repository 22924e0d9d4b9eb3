"""What is trained, seen from the loop: an nnlib network through its twin on the device, or a torch module as it is."""

import copy

import numpy as np
import torch

from nnlib.torch_bridge import convert, optim, trouble
from nnlib.torch_bridge.convert import array, describe
from nnlib.torch_bridge.device import device as choose_device
from nnlib.torch_bridge.losses import targets


class Ours:
    """A network of nnlib: its twin on the device is trained, and gives back what it learned."""

    no_graph = ""
    note = ""

    def __init__(self, model, optimizer, device):
        self.model, self.ours = model, optimizer
        where = choose_device(device)
        if where.type == "mps" and any(p.data.dtype == np.float64 for p in model.parameters()):
            where, self.note = torch.device("cpu"), " (MPS has no float64)"
        self.where = torch.empty(0, device=where).device  # "cuda" becomes "cuda:0"
        # On the CPU the twin draws from the model's own generators; elsewhere PyTorch draws, on the device.
        self.torch_draws = self.where.type != "cpu"
        generator = (lambda rng: None) if self.torch_draws else (lambda rng: rng)
        self.net = convert.there(model, "net", {}, generator).to(self.where)
        self.pairs = list(zip(model.parameters(), self.net.parameters()))
        self.optimizer = optim.torch_optimizer(optimizer, self.pairs, self.where)

    def load(self, X, y, loss, names=("X", "y")):
        """(X, y) as tensors on the device. The NumPy network looks at the first example, and the loss at all targets:
        they raise in their own words."""
        trouble.same_device(self.where, **dict(zip(names, (X, y))))
        first = array(X[:1]) if isinstance(X, torch.Tensor) else X[:1]
        return to_device(self.where, X, y, loss, copy.deepcopy(self.model).eval()(first), names)

    def set_lr(self, lr):
        self.ours.lr = lr

    def sync_lr(self):
        """The learning rate of the epoch that begins; the nnlib optimiser says it."""
        optim.set_lr(self.optimizer, self.ours.lr)
        return self.ours.lr

    def give_back_weights(self):
        convert.give_back(self.model, self.net)
        self.model.eval()

    def give_back_memory(self, steps):
        optim.give_back(self.optimizer, self.ours, self.pairs, steps)


class Theirs:
    """A torch module with its torch optimiser: trained in place, where it lies."""

    no_graph = "a torch optimiser may hold numbers that a graph would freeze"
    note = ""
    torch_draws = True

    def __init__(self, model, optimizer, device):
        if not isinstance(model, torch.nn.Module):
            raise TypeError(f"train takes a network of nnlib.nn or a torch module, but a {type(model).__name__} came")
        if not isinstance(optimizer, torch.optim.Optimizer):
            raise TypeError(f"a torch module needs a torch optimiser, such as torch.optim.Adam(net.parameters()), "
                            f"but {describe(optimizer)} came")
        places = {p.device for p in model.parameters()} or {torch.device("cpu")}
        if len(places) > 1:
            raise ValueError(f"the network lies on {' and '.join(sorted(map(str, places)))}: write net.to(device), "
                             "and make the optimiser after that")
        self.net, self.optimizer, self.where = model, optimizer, places.pop()
        asked = self.where if device is None else choose_device(device)
        if asked.type != self.where.type or asked.type == "cuda" and asked.index not in (None, self.where.index):
            raise ValueError(f'the network lies on {self.where}, but device="{device}" was asked for: write '
                             f'net.to("{device}"), and make the optimiser after that')
        own = {id(p) for p in model.parameters()}
        if any(id(p) not in own for group in optimizer.param_groups for p in group["params"]):
            raise ValueError("this optimiser was made for another network: make it with net.parameters() of this one")

    def load(self, X, y, loss, names=("X", "y")):
        """(X, y) as tensors where the network lies."""
        trouble.same_device(self.where, **dict(zip(names, (X, y))))
        first = torch.as_tensor(X[:1]).to(self.where)
        wanted = next((p.dtype for p in self.net.parameters()), first.dtype)
        if first.dtype != wanted and first.is_floating_point():
            raise TypeError(f"the network holds {wanted}, but {names[0]} holds {first.dtype}: write "
                            f"torch.as_tensor(X, dtype={wanted}), or net.to({first.dtype})")
        with torch.no_grad():
            scores = copy.deepcopy(self.net).eval()(first)
        scores = array(scores.float() if scores.dtype == torch.bfloat16 else scores)  # NumPy has no bfloat16
        return to_device(self.where, X, y, loss, scores, names)

    def set_lr(self, lr):
        optim.set_lr(self.optimizer, lr)

    def sync_lr(self):
        return float(self.optimizer.param_groups[0]["lr"])

    def give_back_weights(self):
        pass

    def give_back_memory(self, steps):
        pass


def to_device(where, X, y, loss, scores, names):
    """Both as tensors there, the targets as the loss needs them."""
    if len(X) != len(y):
        raise ValueError(f"every example needs one target, but {names[0]} has {len(X)} rows and {names[1]} "
                         f"has {len(y)}")
    y = targets(loss, array(y) if isinstance(y, torch.Tensor) else y, scores)
    try:
        X = X if isinstance(X, torch.Tensor) else torch.tensor(np.ascontiguousarray(X), device=where)
        return X.detach(), y.to(where)
    except RuntimeError as error:
        if not trouble.out_of_memory(error):
            raise
        raise torch.OutOfMemoryError(f"{names[0]} and {names[1]} take {(X.nbytes + y.nbytes) / 2**30:.1f} GiB, and "
                                     f"{where} has not that much free: hand in fewer examples at a time") from None


class Weights:
    """The weights of a torch module, for nnlib.nn's Best: copies out, copies in."""

    def __init__(self, net):
        self.net = net

    def eval(self):
        self.net.eval()

    def state_dict(self):
        return {name: tensor.clone() for name, tensor in self.net.state_dict().items()}

    def load_state_dict(self, state):
        self.net.load_state_dict(state)


def seed(rng):
    """A seed for PyTorch's generators, from a copy of rng: so the order of the batches stays that of nnlib.nn.train."""
    torch.manual_seed(int(copy.deepcopy(rng).integers(2**63)))

