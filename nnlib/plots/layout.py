"""Where the nodes of a small directed graph stand: in columns, with few crossings (Sugiyama's method).

Columns: a node stands right of all its parents, and a node without parents directly left of
its first child. An edge across several columns gets an invisible waypoint in each of them.
Order in a column: each node moves to the mean height of its neighbours, to and fro, and
the arrangement with the fewest crossings is kept. The result depends on the graph alone.
"""

from itertools import combinations

import networkx as nx

SWEEPS = 8


def layered_layout(graph):
    """({node: (column, height)}, {(parent, child): [places from parent to child]}) of a directed acyclic graph.

    Columns are whole numbers from 0; heights grow downwards, and in a column they are at least 1 apart.
    """
    column = {}
    for node in nx.topological_sort(graph):
        column[node] = max((column[p] + 1 for p in graph.predecessors(node)), default=0)
    for node in graph:
        if not graph.in_degree(node) and graph.out_degree(node):
            column[node] = min(column[child] for child in graph.successors(node)) - 1

    net, routes = nx.DiGraph(), {}
    net.add_nodes_from(graph)
    for parent, child in dict.fromkeys(graph.edges()):
        waypoints = [(parent, child, c) for c in range(column[parent] + 1, column[child])]
        column.update((w, w[2]) for w in waypoints)
        routes[parent, child] = [parent, *waypoints, child]
        nx.add_path(net, routes[parent, child])

    height = _straighten(net, _fewest_crossings(net, column))
    places = {node: (column[node], height[node]) for node in net}
    return {node: places[node] for node in graph}, {edge: [places[n] for n in path] for edge, path in routes.items()}


def _fewest_crossings(net, column):
    columns = [[n for n in net if column[n] == c] for c in range(max(column.values()) + 1)]
    best, fewest = columns, _crossings(net, columns)
    for sweep in range(SWEEPS):
        columns = [list(c) for c in columns]
        forward = sweep % 2 == 0
        for c in range(len(columns)) if forward else reversed(range(len(columns))):
            rank = {n: i - len(nodes) / 2 for nodes in columns for i, n in enumerate(nodes)}
            neighbours = net.predecessors if forward else net.successors
            columns[c].sort(key=lambda n: _mean([rank[m] for m in neighbours(n)], rank[n]))
        if (count := _crossings(net, columns)) < fewest:
            best, fewest = columns, count
    return best


def _crossings(net, columns):
    rank = {n: i for nodes in columns for i, n in enumerate(nodes)}
    return sum((rank[a] - rank[b]) * (rank[u] - rank[v]) < 0
               for nodes in columns for (a, u), (b, v) in combinations(net.out_edges(nodes), 2))


def _straighten(net, columns):
    """Heights that keep the order and a distance of 1, each node as near to its neighbours' mean as that allows."""
    height = {n: i - (len(nodes) - 1) / 2 for nodes in columns for i, n in enumerate(nodes)}
    for sweep in range(SWEEPS):
        neighbours = net.successors if sweep % 2 == 0 else net.predecessors
        for nodes in columns:
            wished = [_mean([height[m] for m in neighbours(n)], height[n]) for n in nodes]
            height.update(zip(nodes, _spread(wished)))
    return height


def _spread(wished):
    """Nearest heights at least 1 apart: neighbours that would collide move as one block, about their mean."""
    blocks = []
    for i, w in enumerate(wished):
        blocks.append([w - i])
        while len(blocks) > 1 and _mean(blocks[-2]) > _mean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    offsets = [_mean(block) for block in blocks for _ in block]
    return [offset + i for i, offset in enumerate(offsets)]


def _mean(numbers, otherwise=0.0):
    return sum(numbers) / len(numbers) if numbers else otherwise
