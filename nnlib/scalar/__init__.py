"""Automatic differentiation on single numbers (chapter 06). Standard library only."""

from nnlib.scalar.graph import Step, backward_steps, topological_order
from nnlib.scalar.mlp import MLP, Layer, Neuron
from nnlib.scalar.value import Value, dot

__all__ = ["MLP", "Layer", "Neuron", "Step", "Value", "backward_steps", "dot", "topological_order"]
