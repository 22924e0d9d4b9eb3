"""The doors between the rooms (CONTRIBUTING.md draws the house): who may import whom; and what comes from outside."""

import ast
import contextlib
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]

# What each room of nnlib may import besides the standard library and itself.
ROOMS = {
    "scalar": set(),
    "perceptron": {"numpy"},
    "nn": {"numpy", "scipy", "tqdm"},
    "jacobian": {"numpy"},
    "gradcheck": {"numpy", "nnlib.jacobian"},
    "datasets": {"numpy", "sklearn"},
    "torch_bridge": {"numpy", "torch", "nnlib.nn", "nnlib.scalar"},
    "plots": {"numpy", "matplotlib", "networkx", "nnlib.scalar"},
    "explore": {"matplotlib", "ipywidgets", "PIL"},
    "check": {"numpy", "nnlib.gradcheck"},
}
LAZY = {"sklearn", "scipy"}  # only inside the function that needs it


def imports(path):
    """(full dotted name, whether at module level) of everything a file imports from outside the standard library."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full, not relative"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] not in sys.stdlib_module_names:
                yield name, node in tree.body


def trespasses(path, room, allowed):
    """The imports of one file that its room does not allow, as sentences."""
    for name, at_top in imports(path):
        inside = name == f"nnlib.{room}" or name.startswith(f"nnlib.{room}.")
        if inside:
            continue
        if not any(name == door or name.startswith(door + ".") for door in allowed):
            yield f"{path.name} imports {name}: {room} may import only {sorted(allowed) or 'the standard library'}"
        elif at_top and name.split(".")[0] in LAZY:
            yield f"{path.name} imports {name} at the top: import it inside the function that needs it"


def files_by_room():
    for path in sorted((ROOT / "nnlib").rglob("*.py")):
        inside = path.relative_to(ROOT / "nnlib")
        if inside.name != "__init__.py" or len(inside.parts) > 1:
            yield path, inside.parts[0].removesuffix(".py")


@pytest.mark.parametrize(("path", "room"), [*files_by_room()], ids=str)
def test_rooms_of_nnlib(path, room):
    assert room in ROOMS, f"{path} is a new room: give it a row here and in CONTRIBUTING.md"
    assert list(trespasses(path, room, ROOMS[room])) == []


def test_the_package_itself_imports_nothing():
    assert list(imports(ROOT / "nnlib" / "__init__.py")) == []


@pytest.mark.parametrize("line", [
    "import numpy", "from nnlib import check", "import nnlib.nn", "def f():\n    import torch",
])
def test_a_forbidden_import_is_seen(tmp_path, line):
    (tmp_path / "value.py").write_text(line)
    assert len(list(trespasses(tmp_path / "value.py", "scalar", ROOMS["scalar"]))) == 1


def test_a_lazy_import_at_the_top_is_seen(tmp_path):
    (tmp_path / "datasets.py").write_text("import sklearn.datasets")
    assert "inside the function" in next(trespasses(tmp_path / "datasets.py", "datasets", ROOMS["datasets"]))


# What each room of grading may import of grading and nnlib; the commands, which stand beside the rooms, import all.
GRADING = {
    "engine": {"grading.cells", "grading.errors", "nnlib.check"},
    "authoring": {"grading.cells", "grading.errors", "grading.course", "nnlib.check"},
    "hand_in": {"grading.cells", "grading.errors", "grading.course", "grading.engine.reading"},
    "records": {"grading.cells", "grading.errors", "grading.course", "grading.engine", "grading.authoring.source"},
    "reports": {"grading.cells", "grading.errors", "grading.course", "grading.engine.result", "grading.authoring",
                "grading.hand_in.ids", "nnlib.check"},
}
# What runs beside the student's code:
CANDIDATE = ("candidate", "names", "shell", "walls", "watch", "peer", "stand_in", "wire", "unpack")


@pytest.mark.parametrize("room", GRADING)
def test_rooms_of_grading(room):
    for path in sorted((ROOT / "grading" / room).glob("*.py")):
        for name, _ in imports(path):
            if name.split(".")[0] in ("grading", "nnlib") and not name.startswith(f"grading.{room}."):
                assert any(name == door or name.startswith(door + ".") for door in GRADING[room]), f"{path}: {name}"


def test_nothing_beside_the_student_knows_of_tests_or_grades():
    for stem in CANDIDATE:
        for name, _ in imports(ROOT / "grading/engine" / f"{stem}.py"):
            top, *rest = name.split(".")
            assert top not in ("nbgrader", "nbformat", "sqlalchemy"), f"{stem}: {name}"
            if top == "grading":
                assert rest[0] == "engine" and rest[1] in (*CANDIDATE, "jail", "seccomp"), f"{stem}: {name}"


LOADED = """
import sys
before = set(sys.modules)
import {}
print(*{{name.split(".")[0] for name in set(sys.modules) - before}})
"""
HEAVY = {"torch", "matplotlib", "ipywidgets", "IPython", "sklearn", "networkx", "PIL", "grading", "pandas", "scipy"}


@pytest.mark.parametrize(("module", "forbidden"), [
    ("nnlib", HEAVY),
    ("nnlib.scalar", HEAVY | {"numpy"}),
    ("nnlib.check", HEAVY),
    ("nnlib.datasets", HEAVY),
    ("nnlib.plots", HEAVY - {"matplotlib", "networkx", "PIL"}),
    ("nnlib.explore", HEAVY - {"matplotlib", "ipywidgets", "IPython", "PIL"}),
])
def test_a_fresh_interpreter_loads_only(module, forbidden):
    out = subprocess.run([sys.executable, "-c", LOADED.format(module)], capture_output=True, text=True, check=True)
    loaded = set(out.stdout.split())
    assert "nnlib" in loaded
    assert not loaded & forbidden


def test_the_book_and_the_problem_sets_know_nothing_of_grading():
    texts = [*(ROOT / "book").glob("[0-9]*.md"), *(ROOT / "solutions").glob("*/ps*.md")]
    assert texts
    for path in texts:
        assert "import grading" not in path.read_text(encoding="utf-8"), path
        assert "from grading" not in path.read_text(encoding="utf-8"), path


def test_every_pinned_version_installs_on_the_oldest_python_that_is_promised():
    """A Debian has 3.11.2, and pip's words about a version that wants a later one help nobody."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=") + ".0"
    pinned = [line.split("==")[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line]
    wanted = {}
    for name in pinned:
        with contextlib.suppress(metadata.PackageNotFoundError):  # one for another system
            wanted[name] = metadata.metadata(name).get("Requires-Python") or ""
    assert len(wanted) > 150
    assert {name: text for name, text in wanted.items() if not SpecifierSet(text).contains(oldest)} == {}
