"""What this book adds to Jupyter Book: self-check quizzes, a sound execution cache, repairs.

1. `:::{quiz} Question?` with choices `- [ ] wrong`, `- [x] right`, each with feedback below.
2. Executed cells are cached by what they run on: nnlib, the stored measurements, Python and the libraries under it.
3. Pages load nothing from elsewhere, and what the theme leaves inaccessible is mended.
"""

import hashlib
import os
import re
import shutil
import sys
from importlib import metadata
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

LOG = logging.getLogger(__name__)
ASSETS = Path(__file__).parents[1] / "_assets"
CHOICE = re.compile(r"- \[([ xX])\] +(\S.*)")


class Quiz(SphinxDirective):
    """A question, choices, and feedback for each: radio buttons, readable without script.

    In the page the feedback lies in a closed `<details>`, from which coursebook.js takes it.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"name": directives.unchanged_required}
    has_content = True

    def run(self):
        starts = [i for i, line in enumerate(self.content) if CHOICE.match(line)]
        before = self.content[: starts[0]] if starts else self.content
        choices = [self.choice(a, b) for a, b in zip(starts, [*starts[1:], len(self.content)])]
        problem = self.problem(before, choices)
        if problem:
            name = self.options.get("name", "without a name")
            LOG.warning("quiz %r: %s", name, problem, location=self.get_location())
            return []

        name = nodes.make_id(self.options["name"])
        quiz = nodes.container(classes=["quiz"])
        self.add_name(quiz)
        question = self.inline(self.arguments[0], self.lineno) if self.arguments else []
        rest = self.block(before)
        if not question:  # the question stands in the first paragraph of the body
            question, rest = rest[0].children, rest[1:]
        quiz += [html("<fieldset><legend>"), *question, html("</legend>"), *rest]
        for i, (_, text, line, _) in enumerate(choices):
            quiz += [html(f'<div class="quiz-choice"><input type="radio" name="{name}" id="{name}-{i}">'
                          f'<label for="{name}-{i}">'), *self.inline(text, line), html("</label></div>")]
        quiz += html('<button type="button" hidden>Check</button><div class="quiz-said" role="status"></div>'
                     "<details><summary>Answers</summary>")
        for right, text, line, feedback in choices:
            verdict = ("right", "Right.") if right else ("wrong", "Not quite.")
            quiz += [html(f'<div class="quiz-feedback quiz-{verdict[0]}"><p><span class="quiz-which">'),
                     *self.inline(text, line), html(f": </span><strong>{verdict[1]}</strong></p>"),
                     *self.block(feedback), html("</div>")]
        quiz += html("</details></fieldset>")
        return [quiz]

    def choice(self, start, end):
        """(right, text, line, feedback) of the choice in these lines of the content."""
        mark, text = CHOICE.match(self.content[start]).groups()
        feedback = self.content[start + 1 : end]
        feedback = StringList([re.sub(r"^ {1,2}", "", line) for line in feedback], items=feedback.items)
        return mark in "xX", text, self.content_offset + start + 1, feedback

    def problem(self, before, choices):
        texts = [text for _, text, _, _ in choices]
        if "name" not in self.options:
            return "it needs a name, for instance `:name: quiz-topological-order`"
        if not self.arguments and not any(line.strip() for line in before):
            return "it has no question; write it on the first line"
        if len(choices) < 2:
            return f"it has {len(choices)} choices; write at least two, `- [ ] wrong` or `- [x] right`"
        if not any(right for right, *_ in choices):
            return "no choice is right; mark one with `- [x]`"
        for _, text, _, feedback in choices:
            if not any(line.strip() for line in feedback):
                return f"the choice {text!r} has no feedback; write it below, indented by two spaces"
            if texts.count(text) > 1:
                return f"two choices read {text!r}"

    def inline(self, text, line):
        parsed, messages = self.state.inline_text(text, line)
        return [*parsed, *messages]

    def block(self, lines):
        parent = nodes.container()
        self.state.nested_parse(lines, self.content_offset, parent)
        return parent.children


def html(text):
    return nodes.raw("", text, format="html")


def use_cache(app, config):
    """Cells run again when anything changed that they run on; jupyter-cache itself looks only at the cells."""
    root = Path(app.srcdir)
    key = hashlib.sha256(sys.version.encode())
    for package in ("numpy", "matplotlib", "networkx", "scikit-learn", "torch"):
        try:
            key.update(f"{package} {metadata.version(package)}\n".encode())
        except metadata.PackageNotFoundError:
            pass
    for path in sorted([*(root / "nnlib").rglob("*.py"), *(root / "benchmarks/results").glob("*.json")]):
        key.update(path.relative_to(root).as_posix().encode() + b"\n" + path.read_bytes())
    caches = Path(app.outdir).parent / ".jupyter_cache"
    current = caches / key.hexdigest()[:16]
    for old in caches.glob("*"):
        if old != current:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    config.nb_execution_cache_path = str(current)
    os.environ["NNLIB_EXPLORE"] = "page"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))


def add_assets(app):
    app.config.html_static_path.append(str(ASSETS))
    app.add_css_file("coursebook.css")
    app.add_js_file("coursebook.js", loading_method="defer")


def setup(app):
    app.add_directive("quiz", Quiz)
    app.connect("config-inited", use_cache)
    app.connect("builder-inited", add_assets)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
