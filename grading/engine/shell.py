"""IPython without a kernel: runs a student's cells, and keeps what they show as a notebook keeps it.

What is kept is bounded: an endless print costs nothing but its own time.
"""

import ast
import io
import sys
import warnings

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

MOST_TEXT = 100_000  # characters that one cell may print
MOST_DATA = 4_000_000  # characters of pictures and the like that one cell may show
MOST_OUTPUTS = 200
NO_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)  # a cell may put others in the places of their names


class Kept:
    """The outputs of the cell that is running, as in a notebook file."""

    def __init__(self):
        self.clear()

    def clear(self):
        self.outputs, self.text, self.data = [], MOST_TEXT, MOST_DATA

    def print(self, name, text):
        if self.text <= 0 or not text:
            return
        text, self.text = text[: self.text], self.text - len(text)
        if self.text <= 0:
            text += "\n… (more was printed; the rest was dropped)\n"
        if self.outputs and self.outputs[-1].get("name") == name:
            self.outputs[-1]["text"] += text
        else:
            self.add({"output_type": "stream", "name": name, "text": text})

    def show(self, output_type, data, metadata, **more):
        size = sum(len(x) for x in data.values() if isinstance(x, str))
        if size > self.data:
            return self.print("stdout", f"… (something of {size:,} characters is too large to be shown)\n")
        self.data -= size
        self.add({"output_type": output_type, "data": data, "metadata": metadata, **more})

    def add(self, output):
        if len(self.outputs) < MOST_OUTPUTS:
            self.outputs.append(output)


KEPT = Kept()


class Stream(io.TextIOBase):
    """sys.stdout or sys.stderr."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, name):
        self.name = name

    def write(self, text):
        KEPT.print(self.name, text)
        return len(text)

    def writable(self):
        return True


class _Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, **_):
        KEPT.show("display_data", dict(data), dict(metadata or {}))

    def clear_output(self, wait=False):
        KEPT.outputs.clear()


class _Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        KEPT.show("execute_result", dict(format_dict), dict(md_dict or {}), execution_count=self.prompt_count)

    def finish_displayhook(self):
        self._is_active = False


class Shell(InteractiveShell):
    """One student's session."""

    display_pub_class = Type(_Publisher)
    displayhook_class = Type(_Hook)

    def transform_cell(self, raw_cell):
        """%magic, !command and the like are looked for, which takes long, only in what is not Python.

        One line alone may be Python and a command as well, such as `ls`.
        """
        if "\n" not in raw_cell.strip():
            return super().transform_cell(raw_cell)
        try:
            with warnings.catch_warnings(action="ignore"):  # they come when it is compiled
                compile(raw_cell, "<cell>", "exec", ast.PyCF_ONLY_AST)
            return raw_cell
        except NO_PYTHON:
            return super().transform_cell(raw_cell)

    def should_run_async(self, raw_cell, **about):
        """Whether it awaits something, which takes a compilation to tell, is asked only where the word stands."""
        return ("await" in raw_cell or "async" in raw_cell) and super().should_run_async(raw_cell, **about)

    def _showtraceback(self, etype, evalue, stb):
        KEPT.add({"output_type": "error", "ename": etype.__name__[:200], "evalue": str(evalue)[:2000],
                  "traceback": [line[:2000] for line in stb][:60]})

    def ask_exit(self):
        """`exit` and `quit` end nothing here, as in a notebook that is graded."""

    def enable_gui(self, gui=None):
        """There is no screen."""


def make_shell():
    """The session, quick to start and without a trace on disk; figures are shown as in a notebook."""
    shell = Shell.instance(config=Config({"HistoryManager": {"enabled": False}}))  # not only no trace: no thread
    shell.colors = "nocolor"
    shell.autoindent = False
    if "matplotlib" in sys.modules:
        shell.enable_matplotlib("inline")
    return shell


def run_cell(shell, source):
    """Runs a cell. Its outputs."""
    KEPT.clear()
    shell.run_cell(source, store_history=True)
    return list(KEPT.outputs)
