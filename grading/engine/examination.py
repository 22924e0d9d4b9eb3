"""One submission, examined: its cells in their order, the student's in the candidate, the tests here."""

import builtins
import contextlib
import io
import json
import time

import nbformat

from grading.cells import for_the_eye, is_test, settings
from grading.engine import gate
from grading.engine.code import read_code
from grading.engine.names import bound
from grading.engine.outputs import ROOM, harmless, pictures, sound
from grading.engine.reading import read_notebook
from grading.engine.restore import elsewhere, missing, restore
from grading.engine.result import Result, Verdict
from grading.engine.session import Session
from nnlib import check
from nnlib.check import errors, guard
from nnlib.check.page import as_html
from nnlib.check.report import as_text
from nnlib.check.show import text_of


class Examination:
    """One submission, from its bytes to a result."""

    def __init__(self, master, submitted: bytes, limits: dict, warm):
        self.master, self.limits = master, limits
        self.notebook, self.trouble, self.notes = read_notebook(submitted)
        code = [cell.source for cell in self.notebook.cells if cell.cell_type == "code"] if self.notebook else []
        # What the answers are to define: such a name is the student's, even if a test or Python should have it, too.
        self.answers = {settings(cell)["grade_id"]: bound(cell.source) for cell in master.cells if _to_fill_in(cell)}
        self.asked = frozenset().union(*self.answers.values())
        self.session, self.warm, self.code = Session(warm, limits, code, self.asked), warm, code
        self.names = {"__name__": "__main__", "__inside__": self.session.lines}
        self.locked, self.of_tests = set(self.names), set()  # names that cells of the instructor's have bound
        self.verdicts, self.room = {}, ROOM
        self.knows_hidden = False  # has the candidate perhaps been asked by a hidden test?
        self.failed = {}  # name -> the error that ended the cell which was to define it
        self.stopped, self.loud = set(), []  # numbers of cells: that were stopped; whose outputs must be made again

    def result(self) -> Result:
        """Runs all cells in their order. Never raises for what a student has done."""
        began = time.monotonic()
        if self.notebook is None:
            return Result(trouble=self.trouble)
        gone = missing(self.notebook, self.master)
        self.notes += restore(self.notebook, self.master)
        for name in elsewhere(self.notebook, self.master, gone):
            what, where = ("is missing", "elsewhere") if name in gone else ("was left as it was", "beside it")
            says = f"The answer's own cell {what}, but a text stands {where}: a person has to read that."
            self.verdicts[name] = Verdict(name, 0.0, 0.0, by_hand=True, reason=says)
            self.notes.append(f"{name}: its cell {what}, but a text of the student's own stands {where}.")
        self.suspicion = "" if self.limits.get("looked_at") else gate.suspicion(self.notebook)
        cells = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        try:
            for number, cell in enumerate(cells):
                self.run(number, cell)
        finally:
            self.session.end()
        if self.session.broken:
            raise RuntimeError(self.session.broken)
        if self.loud:
            self.show(cells)
        self.disarm()
        notebook = json.dumps(self.notebook, ensure_ascii=False)  # in one line: nbformat's own takes six times as long
        return Result(self.verdicts, notebook, self.notes, "", round(time.monotonic() - began, 3))

    def disarm(self):
        """Of the student's texts, as of outputs, nothing may run in the page where an instructor reads them."""
        released = {cell.source.strip() for cell in self.master.cells}
        for cell in self.notebook.cells:
            if cell.cell_type != "code" and cell.source.strip() not in released:
                cell.source = harmless(cell.source)
                if attached := cell.pop("attachments", None):
                    cell.attachments = {name: pictures(data) for name, data in attached.items()}

    def show(self, cells):
        """Has cells show once more what they show after a test has run.

        What is kept comes from a candidate that no test has asked anything: no hidden input can stand in it.
        """
        session = Session(self.warm, self.limits, self.code)
        try:
            for number, cell in enumerate(cells[: self.loud[-1] + 1]):
                if number not in self.stopped and not is_test(cell) and not for_the_eye(cell):
                    outputs, _ = session.cell(cell.source, bool(settings(cell).get("locked")))
                    if number in self.loud:
                        self.keep(cell, outputs)
        finally:
            session.end()
        if session.broken:
            raise RuntimeError(session.broken)

    def keep(self, cell, outputs):
        outputs, self.room = sound(outputs, self.room)
        cell.outputs = [nbformat.from_dict(output) for output in outputs]

    def run(self, number, cell):
        """Runs a cell: a student's in the candidate, a test here, an instructor's in both."""
        cell.execution_count, cell.outputs = None, []
        if for_the_eye(cell):
            return
        if is_test(cell):
            verdict = self.test(cell)
            self.verdicts[verdict.item] = verdict
            cell.outputs = [nbformat.from_dict(output) for output in _outputs(verdict)]
            return
        locked = bool(settings(cell).get("locked"))
        outputs, bound = self.session.cell(cell.source, locked)
        for name in self.answers.get(settings(cell).get("grade_id"), ()):
            self.failed[name] = _error(outputs)
        if self.session.peer is None:  # so nothing of it is left to the tests, either
            self.stopped.add(number)
            self.keep(cell, outputs)
            return
        if not self.verdicts:
            self.keep(cell, outputs)
        elif outputs:
            self.loud.append(number)
        self.of_tests -= bound & self.asked  # from now on, such a name is the student's
        if locked:
            before = set(self.names)
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                try:
                    exec(compile(cell.source, "<locked>", "exec"), self.names)
                except (Exception, SystemExit, guard.TimeLimit) as error:  # one that asks for an answer, say
                    name = settings(cell).get("grade_id")
                    self.notes.append(f"Cell {name} of the release ended with {type(error).__name__} beside the tests.")
            self.locked |= set(self.names) - before | read_code(cell.source).binds

    def test(self, cell) -> Verdict:
        """Runs a test cell. Whatever happens, there is a verdict.

        What an answer gives, prints or raises stands in the report of a visible test: in a process that hidden tests
        have asked before, it could be their inputs. Then the item is tested once more, in one that knows nothing.
        """
        verdict = self.tried(cell)
        talks = verdict.text and not check.results or any(map(_tells, check.results.values()))
        if self.knows_hidden and talks:
            self.session.end()
            verdict = self.tried(cell)
        self.knows_hidden = True  # of most tests there are hidden ones
        return verdict

    def tried(self, cell) -> Verdict:
        """The verdict of a test cell that is run now."""
        check.results.clear()
        verdict = Verdict(settings(cell)["grade_id"], float(settings(cell)["points"]), 0.0)
        code = read_code(cell.source)
        if self.suspicion and code.inside:
            # What is measured inside the student's process can be forged by code made for it; and the lines that
            # measure, hidden ones too, would stand there to be read.
            verdict.by_hand, verdict.reason = True, self.suspicion
            return verdict
        self.session.begin_item()
        self._bring(code.uses)
        shown, score = io.StringIO(), None
        try:
            with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
                exec(code.lines, self.names)
                score = code.last and eval(code.last, self.names)
        except check.AuthorError as error:
            verdict.fault = str(error)
        except NameError as error:
            if ended := self.failed.get(error.name):
                verdict.text = (f"There is no {error.name}: the cell that should define it ended with {ended}, which "
                                "stands below that cell.")
            else:
                verdict.text = errors.missing(error)
            verdict.mistakes = ["asks-for-input"] * (ended == "EOFError")
        except guard.TimeLimit as error:
            verdict.text = f"It was stopped after {error}."
        except (Exception, SystemExit) as error:
            # Its words could hold what a hidden test has handed over.
            words = "" if any(item.has_hidden for item in check.results.values()) else f": {text_of(error)[:300]}"
            verdict.text = f"The test could not be carried out ({type(error).__name__}{words})."
        finally:
            self.of_tests |= code.binds
        self._judge(verdict, score)
        return verdict

    def _judge(self, verdict, score):
        """Fills in the verdict from what the check has found."""
        items = list(check.results.values())
        verdict.mistakes += [name for item in items for name in item.mistakes]
        broken_off = bool(verdict.text)
        if items and not broken_off:
            verdict.text = "\n".join(map(as_text, items))
            verdict.page = "\n".join(map(as_html, items))
        verdict.stopped = self.session.stopped
        if verdict.fault or broken_off:
            pass
        elif isinstance(score, (int, float)) and not isinstance(score, bool) and 0 <= score <= verdict.points:
            verdict.earned = float(score)
        else:
            verdict.fault = (
                f"The test cell {verdict.item} must end in one number from 0 to {verdict.points:g}, but it gave "
                f"{str(score)[:60]}. End it with `t.score()`, release it again, grade it again.")
        if verdict.fault:
            verdict.earned, verdict.by_hand = 0.0, True

    def _bring(self, names):
        """The student's names that a test cell uses, as stand-ins or plain data."""
        ours = self.locked | self.of_tests | (set(dir(builtins)) - self.asked)  # a student's `abs` is not the test's
        wanted = names - ours
        for name in wanted:  # of an earlier cell: the student may have taken it away since
            self.names.pop(name, None)
        self.names |= self.session.names(sorted(wanted))


def _tells(item):
    """Does the report of an item hold, of a visible test, what the student's process has made up?

    A remark is none of that: it names one of a few types.
    """
    return any(not r.hidden and (r.status in ("wrong", "error") or r.output or r.warnings) for r in item.results)


def _error(outputs):
    """The error in which a cell ended, or "". Only a name of Python's is told: a student's own could hold what a
    hidden test has handed over."""
    kinds = [output.get("ename") for output in outputs if isinstance(output, dict) and
             output.get("output_type") == "error"] if isinstance(outputs, list) else []
    known = [kind for kind in kinds if isinstance(kind, str) and isinstance(getattr(builtins, kind, None), type)]
    return (known or ["an error"])[0] if kinds else ""


def _to_fill_in(cell):
    return cell.cell_type == "code" and not settings(cell).get("locked") and bool(settings(cell))


def _outputs(verdict):
    """A test cell's outputs as nbgrader and formgrader read them: the report, and the score as the one result."""
    outputs = []
    if verdict.fault:
        text = (f"{verdict.fault} This is a fault of the test, not of the student: no points for now, marked for "
                "grading by hand.")
        outputs.append({"output_type": "error", "ename": "TestCellFault", "evalue": text,
                        "traceback": [f"TestCellFault: {text}"]})
    if verdict.reason:
        outputs.append({"output_type": "stream", "name": "stdout", "text": verdict.reason + "\n"})
    if verdict.text:
        data = {"text/plain": verdict.text} | ({"text/html": verdict.page} if verdict.page else {})
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    if not verdict.fault:
        outputs.append({"output_type": "execute_result", "data": {"text/plain": repr(verdict.earned)}, "metadata": {},
                        "execution_count": None})
    return outputs
