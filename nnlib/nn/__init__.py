"""Neural networks on NumPy arrays (chapters 02 to 04, 07 and 09 to 14).

Batches are rows; weights are (outputs, inputs); names mean what they mean in PyTorch.
"""

from nnlib.nn import direct, init, schedules
from nnlib.nn.activations import TABLE, Activation, Maxout, PReLU, Softmax, sigmoid, softmax
from nnlib.nn.dropout import Dropout
from nnlib.nn.linear import Linear
from nnlib.nn.losses import BCE, MAE, MSE, CrossEntropy
from nnlib.nn.module import Module
from nnlib.nn.network import MLP, Residual, Sequential
from nnlib.nn.norm import BatchNorm, LayerNorm
from nnlib.nn.optim import SGD, Adam, AdamW, Momentum, Nesterov, clip_grad_norm
from nnlib.nn.parameter import Parameter
from nnlib.nn.saving import load, save
from nnlib.nn.training import Record, accuracy, train

__all__ = [
    "BCE", "MAE", "MLP", "MSE", "SGD", "TABLE", "Activation", "Adam", "AdamW", "BatchNorm", "CrossEntropy", "Dropout",
    "LayerNorm", "Linear", "Maxout", "Module", "Momentum", "Nesterov", "PReLU", "Parameter", "Record", "Residual",
    "Sequential", "Softmax", "accuracy", "clip_grad_norm", "direct", "init", "load", "save", "schedules", "sigmoid",
    "softmax", "train",
]
