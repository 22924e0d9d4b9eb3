"""Is this list a right order to compute a graph in? Many lists are; this says what is wrong with one that is not."""

from nnlib.check.show import kind, short


def forward_order(parents, root):
    """A test for `satisfies`: the list holds all that `root` depends on, each once, parents before children.

    parents: {node: its parents}. The test returns None for a right order, else (mistake, sentence).
    """
    needed = _below(parents, root)

    def fault(order):
        if not isinstance(order, (list, tuple)):
            return "", f"{kind(order)} came where a list of nodes was expected"
        place = {}
        for i, node in enumerate(order):
            if node not in parents:
                return "", f"{short(node, 60)} at [{i}] is not a node of the graph"
            if node in place:
                return "node-twice", f"{short(node, 60)} stands at [{place[node]}] and again at [{i}]"
            place[node] = i
        for node in order:
            if node not in needed:
                return "node-too-many", f"{short(root, 60)} does not depend on {short(node, 60)}"
        missing = [node for node in needed if node not in place]
        if missing:
            return "node-missing", f"{len(missing)} missing, for instance {short(missing[0], 60)}"
        early = _early(order, place, parents)
        if early is None:
            return None
        mirrored = {node: len(order) - 1 - i for node, i in place.items()}
        name = "reversed-order" if _early(order[::-1], mirrored, parents) is None else "child-first"
        (node, parent), (here, there) = (short(n, 60) for n in early), (place[n] for n in early)
        return name, f"{node} at [{here}] stands before its parent {parent} at [{there}]"

    return fault


def _below(parents, root):
    seen, stack = {root}, [root]
    while stack:
        for parent in parents[stack.pop()]:
            if parent not in seen:
                seen.add(parent)
                stack.append(parent)
    return seen


def _early(order, place, parents):
    """The first (node, parent) whose parent comes later, or None."""
    return next(((node, p) for node in order for p in parents[node] if place[p] > place[node]), None)
