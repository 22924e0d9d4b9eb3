"""Jacobians: measured by small steps, and exact by the chain rule (chapter 5).

Numerator layout throughout: J[i, j] = ∂f_i/∂x_j, shape (outputs, inputs); a matrix that
goes in or comes out keeps its shape there, so J has the shape of f(x), then that of x.
"""

from nnlib.jacobian.analytic import require_analytic
from nnlib.jacobian.chain import multiply_chain
from nnlib.jacobian.function import along, probe
from nnlib.jacobian.layers import jacobian_by_backward
from nnlib.jacobian.network import forward_jacobian, jvp, local_jacobians, reverse_jacobian, vjp
from nnlib.jacobian.numerical import (
    METHODS,
    derivative,
    numerical_jacobian,
    numerical_jvp,
    step_size,
)

__all__ = ["METHODS", "along", "derivative", "forward_jacobian", "jacobian_by_backward", "jvp", "local_jacobians",
           "multiply_chain", "numerical_jacobian", "numerical_jvp", "probe", "require_analytic", "reverse_jacobian",
           "step_size", "vjp"]
