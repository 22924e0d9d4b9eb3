"""Copies are found through every disguise; answers thought out on their own are not."""

import ast
import random

import nbformat
import pytest
from marked import ROOT, answers, graded

from grading.similarity import SHARE, evidence, read_answers, similar

SETS = ["ps06", "ps07", "ps08"]
NAMES = [a + b for a in "pqrstuvw" for b in "abcdefghijklmnop"]


class Disguise(ast.NodeTransformer):
    """Renames everything of one's own, writes hints, other spellings, other orders, and code that does nothing."""

    def __init__(self, kept, seed):
        self.kept, self.chance, self.names = kept, random.Random(seed), {}
        self.left = self.chance.sample(NAMES, len(NAMES))

    def new(self, name):
        return self.names.setdefault(name, self.left.pop()) if name in self.own else name

    def disguised(self, code):
        tree = ast.parse(code)
        stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        stored |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
        inner = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)} - self.kept
        methods = {m.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef) for m in n.body
                   if isinstance(m, ast.FunctionDef)}
        self.own = (stored | inner) - self.kept - methods - {"self"}
        tree = ast.fix_missing_locations(self.visit(tree))
        if all(isinstance(node, ast.FunctionDef) for node in tree.body):
            tree.body.reverse()
        return "# all my own work\n" + ast.unparse(tree).replace("\n", "\n# step\n", 1)

    def visit_Name(self, node):
        return ast.Name(self.new(node.id), node.ctx)

    def visit_arg(self, node):
        hint = None if node.arg == "self" else ast.Name(self.chance.choice(["float", "list", "object"]), ast.Load())
        return ast.arg(self.new(node.arg), hint)

    def visit_keyword(self, node):
        return ast.keyword(node.arg, self.visit(node.value))

    def visit_Lambda(self, node):
        self.generic_visit(node)
        for argument in node.args.args:
            argument.annotation = None
        return node

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.name, node.returns = self.new(node.name), ast.Name("object", ast.Load())
        dead = ast.parse("'''My own idea.'''\nunused = 1 + 2\nif False:\n    print('never')\npass").body
        node.body = dead + [n for n in node.body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
        self.swap(node.body)
        if isinstance(node.body[-1], ast.Return):
            node.body += ast.parse("print('after the end')").body
        return node

    def swap(self, body):
        """Exchanges neighbours that assign plain names and do not read each other's."""
        for k in range(len(body) - 1):
            one, two = body[k:k + 2]
            if isinstance(one, ast.Assign) and isinstance(two, ast.Assign) and not self.uses(one, two):
                body[k], body[k + 1] = two, one

    def uses(self, one, two):
        stored, loaded = [], []
        for statement in (one, two):
            names = [n for n in ast.walk(statement) if isinstance(n, ast.Name)]
            stored.append({n.id for n in names if isinstance(n.ctx, ast.Store)})
            loaded.append({n.id for n in names if isinstance(n.ctx, ast.Load)})
            if any(isinstance(n, (ast.Call, ast.Subscript, ast.Attribute)) for n in ast.walk(statement)):
                return True
        return bool(stored[0] & (stored[1] | loaded[1]) or stored[1] & loaded[0])

    def visit_BinOp(self, node):
        self.generic_visit(node)
        swaps = isinstance(node.op, (ast.Add, ast.Mult)) and not isinstance(node.left, (ast.List, ast.Tuple))
        return ast.BinOp(node.right, node.op, node.left) if swaps else node

    def visit_Compare(self, node):
        self.generic_visit(node)
        turned = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
        if len(node.ops) == 1 and type(node.ops[0]) in turned:
            return ast.Compare(node.comparators[0], [turned[type(node.ops[0])]()], [node.left])
        return node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if not isinstance(node.target, ast.Name):
            return node
        return ast.Assign([node.target], ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value))


def original(name):
    return nbformat.read(ROOT / "exercises" / name / f"{name}.ipynb", as_version=4)


def classroom(name):
    """As many students as there are right answers to every item; no two give the same answer to any."""
    released, banks = original(name), answers(name, "right")
    size = min(map(len, banks.values()))
    chosen = {f"student-{k}": {item: codes[k] for item, codes in banks.items()} for k in range(size)}
    return released, chosen


def read(name, released, chosen):
    return {student: read_answers(graded(name, codes), released) for student, codes in chosen.items()}


def disguise(released, codes, seed=0):
    from grading.similarity import _released

    kept = set(_released(released)[0]) | {"np", "math", "torch", "check"}
    return {item: Disguise(kept, seed).disguised(code) for item, code in codes.items()}


@pytest.mark.parametrize("name", SETS)
def test_answers_of_the_banks_written_independently_are_not_flagged(name):
    released, chosen = classroom(name)
    assert len(chosen) >= 4 and similar(read(name, released, chosen)) == []
    for item, codes in answers(name, "right").items():  # and item by item, all of them
        alone = read(name, released, {str(k): {item: code} for k, code in enumerate(codes)})
        assert similar(alone) == [], item
        shared, own = evidence([found[item].prints for found in alone.values() if item in found])
        for i in range(len(own)):
            for j in range(i):
                assert shared[i, j] < SHARE * min(own[i], own[j]), (item, i, j)


@pytest.mark.parametrize("name", SETS)
def test_a_disguised_copy_is_found_and_nobody_else(name):
    released, chosen = classroom(name)
    for seed, student in enumerate(list(chosen)):
        with_copy = chosen | {"copy": disguise(released, chosen[student], seed)}
        pairs = similar(read(name, released, with_copy))
        assert [{pair.first, pair.second} for pair in pairs] == [{student, "copy"}], (student, pairs)


@pytest.mark.parametrize("name", SETS)
def test_each_single_answer_keeps_its_fingerprints_through_the_disguise(name):
    released, shares = original(name), {}
    for item, codes in answers(name, "right").items():
        for k, code in enumerate(codes):
            texts = {f"right-{n}": {item: other} for n, other in enumerate(codes)}
            texts["copy"] = disguise(released, {item: code}, k)
            found = read(name, released, texts)
            shared, own = evidence([found[who][item].prints for who in texts])
            shares[item, k] = shared[k, -1] / min(own[k], own[-1])
    low = {key: round(value, 2) for key, value in shares.items() if value < SHARE}
    assert not low, low
