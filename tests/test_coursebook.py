"""The book's Sphinx extension: quizzes that are wrong fail the build, and so do cells; the cache knows nnlib."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SPHINX = Path(sysconfig.get_path("scripts")) / "sphinx-build"
JUPYTER_BOOK = SPHINX.with_name("jupyter-book")

QUIZ = """:::{quiz} What is $1 + 1$?
:name: quiz-sum

- [ ] $3$

  Too many.

- [x] $2$
  As **everybody** knows.
:::
"""


@pytest.fixture
def build(tmp_path):
    """build(text) -> (return code, what it printed, html) of a page with this text."""

    def build(text):
        source = tmp_path / "source"
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir()
        (source / "index.md").write_text(f"# Page\n\n{text}", encoding="utf-8")
        (source / "conf.py").write_text(
            f"import sys; sys.path.insert(0, {str(ROOT / 'book/_ext')!r})\n"
            "extensions = ['myst_nb', 'coursebook']\nhtml_theme = 'basic'\nnb_execution_mode = 'off'\n"
            "myst_enable_extensions = ['colon_fence', 'dollarmath']\n", encoding="utf-8")
        ran = subprocess.run([SPHINX, "-q", "-n", "-W", "--keep-going", "-a", "-E", source, tmp_path / "b/html"],
                             capture_output=True, text=True)
        page = tmp_path / "b/html/index.html"
        return ran.returncode, ran.stderr, page.read_text("utf-8") if page.exists() else ""

    return build


def test_a_good_quiz_has_choices_and_feedback(build):
    code, said, html = build(QUIZ + "\nSee [the quiz](#quiz-sum).\n")
    assert (code, said) == (0, "")
    assert html.count('type="radio"') == 2 and html.count("<label for=") == 2
    assert '<a class="reference internal" href="#quiz-sum">' in html
    assert "<strong>Not quite.</strong></p><p>Too many.</p>" in html.replace("\n", "")
    assert "<strong>Right.</strong></p><p>As <strong>everybody</strong> knows.</p>" in html.replace("\n", "")


def test_the_question_may_stand_in_the_body(build):
    body = "What is it?\n\n```python\n1 + 1\n```\n\n- [ ]"
    code, said, html = build(QUIZ.replace(" What is $1 + 1$?", "").replace("- [ ]", body))
    assert (code, said) == (0, "")
    assert "<fieldset><legend>What is it?</legend>" in html and html.index("</legend>") < html.index('class="highlight')


WRONG = {
    "no name": (":name: quiz-sum\n", "", "needs a name"),
    "no question": (" What is $1 + 1$?", "", "has no question"),
    "no right choice": ("- [x]", "- [ ]", "no choice is right"),
    "a choice without feedback": ("  Too many.\n", "", "'$3$' has no feedback"),
    "one choice": ("- [ ] $3$\n\n  Too many.\n", "", "has 1 choices"),
    "the same choice twice": ("$2$", "$3$", "two choices read '$3$'"),
}


@pytest.mark.parametrize("why", WRONG)
def test_a_quiz_that_is_wrong_fails_the_build(build, why):
    old, new, says = WRONG[why]
    assert old in QUIZ
    code, said, _ = build(QUIZ.replace(old, new))
    assert code != 0 and "index.md:3: WARNING: quiz" in said and says in said


@pytest.fixture(scope="module")
def small_book(tmp_path_factory):
    """build(cell) -> (return code, what it printed) of a book with our settings, an nnlib and one executed cell."""
    root = tmp_path_factory.mktemp("book")
    shutil.copy(ROOT / "_config.yml", root)
    shutil.copytree(ROOT / "book/_ext", root / "book/_ext")
    shutil.copytree(ROOT / "book/_assets", root / "book/_assets")
    (root / "nnlib").mkdir()
    (root / "nnlib/__init__.py").write_text("answer = 42\n")
    (root / "_toc.yml").write_text("format: jb-book\nroot: book/page\n")
    (root / "book/references.bib").write_text("")

    def build(cell, tags="remove-cell"):
        (root / "book/page.md").write_text(
            "---\njupytext: {text_representation: {extension: .md, format_name: myst}}\n"
            "kernelspec: {name: python3, display_name: Python 3}\n---\n# Page\n\n"
            f"```{{code-cell}} python3\n:tags: [{tags}]\n{cell}\n```\n", encoding="utf-8")
        command = [JUPYTER_BOOK, "build", ".", "-W", "-n", "--all"]
        ran = subprocess.run(command, cwd=root, capture_output=True, text=True)
        return ran.returncode, ran.stdout + ran.stderr

    build.root = root
    return build


def test_a_worked_number_that_is_wrong_fails_the_build(small_book):
    code, said = small_book("assert 2 + 2 == 5, 'a wrong number'")
    assert code != 0 and "AssertionError" in said and "a wrong number" in said


def test_what_a_cell_writes_to_stderr_fails_the_build(small_book):
    code, said = small_book("import warnings; warnings.warn('look out')", tags="hide-input")
    assert code != 0 and "stderr was found in the cell outputs" in said, said


def test_a_change_in_nnlib_runs_the_cells_again_and_leaves_one_cache(small_book):
    cell = "import nnlib; assert nnlib.answer == 42, nnlib.answer"
    code, said = small_book(cell)
    assert code == 0 and "Executed notebook" in said, said
    code, said = small_book(cell)
    assert code == 0 and "Using cached notebook" in said and "Executed notebook" not in said, said
    (small_book.root / "nnlib/__init__.py").write_text("answer = 43\n")
    code, said = small_book(cell)
    assert code != 0 and "AssertionError" in said and "43" in said, said
    assert len(list((small_book.root / "_build/.jupyter_cache").iterdir())) == 1


def test_a_new_measurement_runs_the_cells_again(small_book):
    stored = small_book.root / "benchmarks/results/gpu.json"
    stored.parent.mkdir(parents=True)
    stored.write_text("1")
    cell = "from pathlib import Path; assert Path('../benchmarks/results/gpu.json').read_text() == '1'"
    assert small_book(cell)[0] == 0
    stored.write_text("2")
    code, said = small_book(cell)
    assert code != 0 and "AssertionError" in said, said
