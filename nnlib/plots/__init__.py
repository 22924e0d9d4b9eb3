"""Pictures of the book: numbers and graphs in, a matplotlib Figure out."""

from nnlib.plots.curves import draw_growth, draw_tangent
from nnlib.plots.graph import draw_graph
from nnlib.plots.plane import draw_classifier
from nnlib.plots.style import subplots

__all__ = ["draw_classifier", "draw_graph", "draw_growth", "draw_tangent", "subplots"]
