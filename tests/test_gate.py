"""The gate: what honest notebooks do passes, what reaches for the machinery does not, however it is written."""

import sys
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from grading.authoring.bank import fill, read_answers, solved, untouched
from grading.authoring.source import read_source
from grading.cells import is_answer, settings
from grading.engine.gate import suspicion

pytest.importorskip("torch")  # the gate asks what its classes do, where PyTorch is taught
ROOT = Path(__file__).parents[1]
SETS = sorted(path.name for path in (ROOT / "solutions").glob("ps[0-9][0-9]"))
HONEST = """
f_plus = 1\nf_x = "the slope f_x of co_occurrence, in __init__"
---
%matplotlib inline\nimport numpy as np\nx = np.ones(3)
---
%%time\nx = 1
---
x?
---
for i in range(3): pass\nsum([1])
---
not Python at all
---
def f(x, name='relu'):\n    return getattr(np, name)(x)
---
class N:
    def __init__(self, w):
        self.w = w
        self._out = 0
n = N(1)
n.w, n._out, n.grad = 3, 4, 1.0
---
import torch
from torch import nn
class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(1, 1)
    def forward(self, x):
        return self.layer(x)
p = M()
p.layer.weight.grad = None
---
import math\nfrom collections import deque\nimport matplotlib.pyplot as plt\nplt.rcParams['font.size'] = 9
---
def f(a, a): pass  # Python can read it, its compiler refuses it
"""
HOSTILE = """
(x for x in [1]).gi_frame
---
'{0.gi_frame.f_back}'
---
'{0.__globals__}'
---
match g:\n    case object(f_back=x): pass
---
__import__('os')
---
import os
---
from os import path
---
import os.path as path
---
from torch import _C
---
torch._C
---
from numpy import load
---
np.load(x)
---
torch.sys
---
torch.os
---
getattr(x, '__glo' + 'bals__')
---
list(map(getattr, [x], ['a']))
---
read = getattr
---
x.__class__.__mro__
---
x.mro()
---
torch.Tensor.item = 1
---
a = torch.Tensor\na.item = 1
---
with x as torch.Tensor.item: pass
---
(a.item, b) = 1, 2
---
[0 for torch.Tensor.item in y]
---
for a.item in y: pass
---
del a.item
---
type(x).item = 1
---
%time import os
---
/exec 'x'
---
%%capture\nimport os
---
!ls
---
%run x.py
---
globals()
---
vars(x)
---
setattr(x, 'y', 1)
---
import torch as np
---
np = 3
---
def f():\n    global np\n    np = 1
---
[np := 3]
---
try:\n    pass\nexcept E as np: pass
---
class A(torch.Tensor):\n    def item(self): pass
---
class A(x, metaclass=y): pass
---
type('A', (), {})
---
exec('x')
---
eval('x')
---
compile('x', '', 'exec')
---
get_ipython()
---
In
---
from nnlib import *
---
import operator\noperator.attrgetter('a')
---
x.__dict__
---
x.__getattribute__
---
np.float64 = 1
---
class A:\n    def __build_class__(self): pass
---
import matplotlib as m\nm.tempfile
---
from matplotlib import tempfile
---
import statistics\nstatistics.tally = 1
---
class A(nn.Module, torch.Tensor):\n    def item(self): pass
---
np = 3\ndef f(a, a): pass
"""


def found(source):
    return suspicion(new_notebook(cells=[new_code_cell(source.strip("\n"))]))


@pytest.mark.parametrize("name", SETS)
def test_no_answer_of_a_bank_is_suspicious(name):
    source = read_source(ROOT / "solutions" / name / f"{name}.md")
    empty = untouched(source)
    items = [settings(cell)["grade_id"] for cell in source.cells if is_answer(cell)]
    assert suspicion(fill(empty, {item: solved(source, item) for item in items})) == ""
    for answer in read_answers(ROOT / "solutions" / name / "bank.md"):
        assert suspicion(fill(empty, {answer.item: answer.code})) == "", answer.title


@pytest.mark.parametrize("source", HONEST.split("---\n"))
def test_what_honest_notebooks_do(source):
    assert found(source) == ""


@pytest.mark.parametrize("source", HOSTILE.split("---\n"))
def test_what_reaches_for_the_machinery(source):
    assert "of the submission uses" in found(source)


@pytest.mark.parametrize("source", ["import matplotlib as m\nm.shutil", "from matplotlib import shutil"])
def test_what_a_library_imports_is_known_where_it_is_not_loaded(source, monkeypatch):
    monkeypatch.delitem(sys.modules, "matplotlib", raising=False)
    assert "shutil`" in found(source)
