"""The bridge to PyTorch (chapter 08): the same networks there, and what a GPU does with them.

The only room of nnlib that imports torch.
"""

from nnlib.torch_bridge.compare import Comparison, compare
from nnlib.torch_bridge.convert import from_torch, to_torch
from nnlib.torch_bridge.counting import operations
from nnlib.torch_bridge.device import device, synchronize
from nnlib.torch_bridge.function import Multiply, as_function
from nnlib.torch_bridge.train import train

__all__ = ["Comparison", "Multiply", "as_function", "compare", "device", "from_torch", "operations", "synchronize",
           "to_torch", "train"]
