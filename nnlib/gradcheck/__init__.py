"""The gradient check that says what is wrong (section 7.9)."""

from nnlib.gradcheck.check import check_gradient
from nnlib.gradcheck.report import Report
from nnlib.gradcheck.vcurve import v_curve

__all__ = ["Report", "check_gradient", "v_curve"]
