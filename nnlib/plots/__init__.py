"""Pictures of the book: numbers and graphs in, a matplotlib Figure out."""

from nnlib.plots.batch import draw_batch
from nnlib.plots.bits import draw_bits
from nnlib.plots.curves import draw_growth, draw_tangent, draw_v_curve
from nnlib.plots.devices import draw_devices
from nnlib.plots.gradients import draw_gradients
from nnlib.plots.graph import draw_graph
from nnlib.plots.ladder import draw_ladder
from nnlib.plots.mapping import draw_mapping
from nnlib.plots.moves import move_in_words, network_moves
from nnlib.plots.network import draw_network
from nnlib.plots.node import draw_node
from nnlib.plots.plane import draw_classifier
from nnlib.plots.product import draw_product
from nnlib.plots.race import draw_race
from nnlib.plots.style import subplots
from nnlib.plots.timeline import draw_timeline

__all__ = [
    "draw_batch", "draw_bits", "draw_classifier", "draw_devices", "draw_gradients", "draw_graph", "draw_growth",
    "draw_ladder", "draw_mapping", "draw_network", "draw_node", "draw_product", "draw_race", "draw_tangent",
    "draw_timeline", "draw_v_curve", "move_in_words", "network_moves", "subplots",
]
