"""Copies are found through every disguise; answers thought out on their own are not."""

import ast
import random

import nbformat
import pytest
from marked import ROOT, answers, graded

from grading.reports.fingerprints import fingerprints
from grading.reports.similarity import SHARE, evidence, read_answers, shared_lines, similar

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
    from grading.reports.similarity import _released

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


def drawn(name, students, seed):
    """A class in which nobody copied, but all hit upon one of a few ways: each draws each answer from the bank."""
    chance = random.Random(seed)
    pool = {item: codes + answers(name, "wrong")[item] for item, codes in answers(name, "right").items()}
    return {f"s{k}": {item: chance.choice(codes) for item, codes in pool.items()} for k in range(students)}


def bank(name, released):
    """The bank's answers as known ones."""
    turns = [{item: codes[k] for item, codes in answers(name, kind).items() if k < len(codes)}
             for kind in ("right", "wrong") for k in range(max(map(len, answers(name, kind).values())))]
    return list(read(name, released, dict(enumerate(turns))).values())


ODD = """
def neuron(w, x, b):
    terms = {}
    for place, (weight, entry) in enumerate(zip(w, x)):
        terms.setdefault(place % 3, []).append(weight * entry)
    columns = [sum(column, start=Value(0.0)) for _, column in sorted(terms.items(), reverse=True) if column]
    while len(columns) > 1:
        last, before = columns.pop(), columns.pop()
        columns.insert(0, before + last)
    return (columns[0] * 1.0 + b if columns else b + 0.0).tanh()
"""


@pytest.mark.parametrize("name", ["ps06", "ps07"])
def test_whoever_hits_upon_the_same_few_ways_is_not_flagged_and_a_copy_is(name):
    released, chosen = original(name), drawn(name, 60, 1)
    known, found = bank(name, released), read(name, released, chosen)
    assert similar(found, known) == []
    found["copy"] = read_answers(graded(name, disguise(released, chosen["s7"])), released)
    (pair,) = similar(found, known)
    assert (pair.first, pair.second) == ("s7", "copy")
    for item in chosen["s7"]:  # in all of them, but where all that stands in the answer is what most have written
        everybody = [found["s7"], *found.values(), *known]
        _, own = evidence([answers[item].prints for answers in everybody if item in answers])
        assert (item in pair.items) == (own[0] > 0), item
    assert len(pair.items) >= len(chosen["s7"]) - 1


def test_one_odd_answer_copied_is_enough():
    released, chosen = original("ps06"), drawn("ps06", 40, 2)
    chosen["s1"]["neuron"] = ODD
    chosen["s2"]["neuron"] = disguise(released, {"neuron": ODD}, 3)["neuron"]
    found = read("ps06", released, chosen)
    (pair,) = similar(found, bank("ps06", released))
    assert {pair.first, pair.second} == {"s1", "s2"} and list(pair.items) == ["neuron"]
    one, two = shared_lines(found["s1"]["neuron"], found["s2"]["neuron"])
    assert len(one) >= 6 and len(two) >= 6


@pytest.mark.parametrize("code", [
    "def f(:", "x = " + "(" * 500 + ")" * 500, "-" * 5000 + "1", "\0", "x = [" * 60 + "]" * 60, "é = 1\n\tx"])
def test_code_that_cannot_be_read_costs_nobody_else(code):
    released = original("ps06")
    codes = {item: right[0] for item, right in answers("ps06", "right").items()}
    found = read("ps06", released, {"a": codes | {"order": code}, "b": codes})
    assert "neuron" in found["a"] and "order" in found["b"]
    similar(found)


def test_magics_and_questions_are_no_obstacle():
    from grading.reports.work import code_only

    assert fingerprints(code_only("%matplotlib inline\n!ls\nhelp?\ntotal = first + second * third\n")).lines


def test_what_was_released_is_no_evidence():
    released = original("ps06")
    untouched = {"a": read_answers(graded("ps06", {}), released), "b": read_answers(graded("ps06", {}), released)}
    assert untouched == {"a": {}, "b": {}}
    same = {"neuron": "def neuron(w, x, b):\n    raise NotImplementedError('not yet')\n"}
    assert similar(read("ps06", released, {"a": same, "b": same})) == []
