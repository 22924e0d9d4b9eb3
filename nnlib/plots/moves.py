"""The backward pass of a small network of Values, move by move, in the words of a network: δ, weight, unit."""

from typing import NamedTuple

from nnlib.plots.style import bracket, number
from nnlib.scalar import Value, backward_steps

LIMIT = 24  # units; a larger picture could not be read
SUPERSCRIPTS, SUBSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"), str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Move(NamedTuple):
    """One accumulation of the backward pass, in the words of a network."""

    what: str  # "loss": ∂L/∂ŷ comes in; "slope": ∂L/∂a becomes δ; "weight", "bias", "back": δ is used
    unit: tuple  # (layer, place) of the unit that sends; for "loss" the first of the last layer
    target: tuple  # (layer, place) that receives, or (layer, place, input) of a weight
    uses: int  # how often the sender's δ has been used, this time included
    step: object  # the Step of nnlib.scalar, None for "loss"


def network_moves(layers, loss, biases=False):
    """The backward pass of `loss` through a network as a list of Moves, in the order of `backward_steps`.

    The gradients of the inputs, which nobody trains, are left out; so are those of the biases, unless asked for.
    """
    units = read_network(layers)
    place, z_place = {}, {}
    for layer, row in enumerate(units, start=1):
        for i, unit in enumerate(row):
            place[unit.a], z_place[unit.z] = (layer, i), (layer, i)
    moves, uses = [Move("loss", (len(units), 0), (len(units), 0), 0, None)], dict.fromkeys(z_place.values(), 0)
    for step in backward_steps(loss):
        if step.child in place and step.child not in z_place:
            at = place[step.child]
            moves.append(Move("slope", at, at, 0, step))
        elif step.child in z_place:
            layer, i = at = z_place[step.child]
            unit = units[layer - 1][i]
            if step.parent in place:
                what, target = "back", place[step.parent]
            elif step.parent in unit.w:
                what, target = "weight", (layer, i, unit.w.index(step.parent))
            elif step.parent is unit.b and biases:
                what, target = "bias", at
            else:
                continue
            uses[at] += 1
            moves.append(Move(what, at, target, uses[at], step))
    return moves


def move_in_words(move, layers):
    """A sentence that tells the Move: which δ is used, for the how-manieth time, and what comes of it."""
    if move is None:
        return "The forward pass is done, and nothing has been passed back yet."
    layer, i = move.unit
    if move.what == "loss":
        delta = "∂L/∂ŷ, and as the last layer has no activation function, this is already its δ"
        return f"The loss hands to the last layer {delta if layers[-1][0].op == 'dot' else '∂L/∂ŷ'}."
    product = f"{number(move.step.upstream)} × {bracket(move.step.local)} = {number(move.step.downstream)}"
    before = move.step.total - move.step.downstream
    total = f", and {number(before)} + {bracket(move.step.downstream)} = {number(move.step.total)}" if before else ""
    delta = name("δ", layers, layer, i)
    times = ("", "once", "twice")[move.uses] if move.uses < 3 else f"{move.uses} times"
    if move.what == "slope":
        slope = f"f′\u2060({name('z', layers, layer, i)})"  # no line break before the bracket
        return f"Through the activation: {delta} = ∂L/∂{name('a', layers, layer, i)} × {slope} = {product}."
    if move.what == "weight":
        weight = name("w", layers, layer, i, move.target[2])
        by = name("x" if layer == 1 else "a", layers, layer - 1, move.target[2])
        return f"∂L/∂{weight} = {delta} × {by} = {product}{total}. {delta} has been used {times}."
    if move.what == "bias":
        bias = name("b", layers, layer, i)
        return f"∂L/∂{bias} = {delta} × 1 = {number(move.step.total)}. {delta} has been used {times}."
    j = move.target[1]
    weight, behind = name("w", layers, layer, i, j), name("a", layers, layer - 1, j)
    return f"Back to {behind}: δ × weight = {delta} × {weight} = {product}{total}. {delta} has been used {times}."


def short(move):
    """The line under the drawing."""
    if move is None:
        return "forward: z and a in every unit"
    if move.what == "loss":
        return "the loss hands in ∂L/∂ŷ"
    target = {"slope": "δ", "weight": "∂L/∂w", "bias": "∂L/∂b", "back": "∂L/∂a"}[move.what]
    from_ = {"slope": "∂L/∂a × f′", "weight": "δ × input", "bias": "δ × 1", "back": "δ × w"}[move.what]
    return (f"{target}: {from_} = {number(move.step.upstream)} × {bracket(move.step.local)}"
            f" = {number(move.step.downstream)}")


def name(letter, layers, layer, i, j=None):
    """δ²₁, w²₁₃: above the layer, below the unit, and for a weight also where it comes from; inputs have no layer.

    Where a layer has only one unit, nobody numbers it: δ², w²₃, x.
    """
    below = f"{i + 1}" if len(layers[layer]) > 1 else ""
    if j is not None and len(layers[layer - 1]) > 1:
        below += f"{j + 1}"
    above = "" if letter == "x" else str(layer).translate(SUPERSCRIPTS)
    return letter + above + below.translate(SUBSCRIPTS)


class Unit(NamedTuple):
    a: Value
    z: Value
    w: tuple
    b: Value
    off: bool  # f′(z) = 0


def read_network(layers):
    """The units of the layers 1, 2, …, read off the graph, once it is sure that this is a network."""
    if len(layers) < 2:
        raise ValueError("a network has inputs and at least one layer: layers = [[x₁, …], …, [ŷ]]")
    for layer, row in enumerate(layers):
        for v in row:
            if not isinstance(v, Value):
                raise TypeError(f"layer {layer} holds {v!r} ({type(v).__name__}), but a network is drawn from Values; "
                                "make the inputs Values, too: [Value(x) for x in ...]")
    if sum(map(len, layers)) > LIMIT:
        raise ValueError(f"this network has {sum(map(len, layers))} units, and a drawing stays readable up to {LIMIT}")
    units = []
    for layer, (before, row) in enumerate(zip(layers, layers[1:]), start=1):
        units.append([])
        for i, a in enumerate(row):
            z = a if a.op == "dot" else a.parents[0] if len(a.parents) == 1 else None
            if z is None or z.op != "dot" or z.parents[len(before) : -1] != tuple(before):
                raise ValueError(f"unit {i + 1} of layer {layer} is not an activation of dot(weights, the "
                                 f"{len(before)} Values of layer {layer - 1}, bias); it was made by {a.op!r}")
            units[-1].append(Unit(a, z, z.parents[: len(before)], z.parents[-1], a is not z and a.slopes[0] == 0.0))
    return units
