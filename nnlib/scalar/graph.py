"""Walking a computation graph: the order of its nodes, and its backward pass step by step.

A node is anything with `parents` and `slopes`, as Value has them.
"""

from typing import NamedTuple


def topological_order(root):
    """All nodes that `root` was computed from, each after its parents; `root` comes last.

    Depth first with a stack of our own: Python's call stack would overflow on a
    chain of a thousand operations. Cost: each node and each edge once.
    """
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node is None:  # all that the node below was computed from is in the order by now
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            parents = node.parents
            if seen.issuperset(parents):
                order.append(node)
            else:
                stack += (node, None)
                stack += parents
    return order


class Step(NamedTuple):
    """One gradient accumulation along one edge: upstream × local = downstream."""

    child: object  # the node whose gradient is finished
    parent: object  # the node that receives
    upstream: float  # ∂(root)/∂(child)
    local: float  # ∂(child)/∂(parent)
    downstream: float  # upstream × local, this edge's share of ∂(root)/∂(parent)
    total: float  # the parent's gradient once this share is added


def backward_steps(root):
    """The steps of `root.backward()` from fresh gradients, as a list, one an edge, in its order.

    Changes no gradient: the totals are kept beside the graph.
    """
    order = topological_order(root)
    grad = dict.fromkeys(order, 0.0)
    grad[root] = 1.0
    steps = []
    for child in reversed(order):
        for parent, local in zip(child.parents, child.slopes):
            downstream = grad[child] * local if grad[child] else 0.0  # as in backward(): no 0 × ∞
            grad[parent] += downstream
            steps.append(Step(child, parent, grad[child], local, downstream, grad[parent]))
    return steps
