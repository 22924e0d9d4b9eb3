"""One training step on a device, and many of them: an epoch (section 8.4).

The data lie on the device from the start; a step is told only which rows to take. Nothing in it waits for the
GPU: the loss is added up there and read once an epoch.
"""

import torch

from nnlib.torch_bridge.precision import autocast, products


class Step:
    """zero_grad, forward, loss, backward, clip, update: for the rows of one batch."""

    def __init__(self, net, loss, optimizer, X, y, *, clip=None, recipe="float32"):
        self.net, self.loss, self.optimizer, self.X, self.y = net, loss, optimizer, X, y
        self.clip, self.recipe = clip, recipe
        self.weights = [p for group in optimizer.param_groups for p in group["params"]]
        exact = torch.float32 if X.device.type == "mps" else torch.float64  # MPS has no float64
        self.total = torch.zeros((), dtype=exact, device=X.device)  # losses of the epoch, each times its rows

    def __call__(self, rows):
        value = self.forward(rows)
        value.backward()
        self.update()
        self.total.add_(value.detach(), alpha=len(rows))

    def forward(self, rows):
        """The loss of these rows; no gradients are left over from the step before."""
        self.optimizer.zero_grad(set_to_none=True)
        with autocast(self.recipe, self.X.device):
            scores = self.net(self.X[rows])
            if self.recipe == "bf16":
                scores = scores.float()
            return self.loss(scores, self.y[rows])

    def update(self):
        if self.clip:
            clip_grad_norm([p.grad for p in self.weights if p.grad is not None], self.clip)
        self.optimizer.step()


def clip_grad_norm(gradients, max_norm):
    """If ‖g‖ > τ, g ← τ g/‖g‖, as nnlib does it (section 10.5): to τ exactly. torch.nn.utils.clip_grad_norm_ divides by
    ‖g‖ + 10⁻⁶ instead. No `if` here: the CPU would have to wait for ‖g‖."""
    norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in gradients]))
    scale = (max_norm / norm).clamp(max=1.0)
    for g in gradients:
        g.mul_(scale)


def run_epoch(step, order, batch_size, captured=None):
    """A step for every batch_size rows of `order`, a tensor on the device. Returns the mean loss on the way.

    captured: a CUDA graph of the step for full batches; a last, smaller batch goes through `step` itself.
    """
    step.net.train()
    step.total.zero_()
    with products(step.recipe):
        for rows in order.split(batch_size):
            (captured if captured and len(rows) == batch_size else step)(rows)
    return step.total.item() / len(order)


class Snapshot:
    """All tensors that a step changes, as they were: weights, buffers and the optimiser's memory."""

    def __init__(self, step):
        self.step = step
        self.saved = {key: tensor.clone() for key, tensor in self.tensors()}

    def tensors(self):
        state = self.step.optimizer.state
        for name, tensor in [*self.step.net.named_parameters(), *self.step.net.named_buffers()]:
            yield name, tensor.detach()
        for i, p in enumerate(self.step.weights):
            for name, tensor in state.get(p, {}).items():
                if isinstance(tensor, torch.Tensor):
                    yield (i, name), tensor

    def restore(self):
        """Puts everything back in place. What the optimiser began to remember since, it forgets."""
        for key, tensor in list(self.tensors()):
            if key in self.saved:
                tensor.copy_(self.saved[key])
            else:
                del self.step.optimizer.state[self.step.weights[key[0]]][key[1]]
