"""Threshold units and Rosenblatt's learning rule (chapter 1)."""

from nnlib.perceptron.margin import Margin, margin, mistake_bound, radius
from nnlib.perceptron.rule import Learned, Update, learn
from nnlib.perceptron.units import ThresholdUnit, and_unit, majority_unit, not_unit, or_unit

__all__ = ["Learned", "Margin", "ThresholdUnit", "Update", "and_unit", "learn", "majority_unit", "margin",
           "mistake_bound", "not_unit", "or_unit", "radius"]
