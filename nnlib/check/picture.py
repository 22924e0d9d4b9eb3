"""Where two arrays differ, to look at: both side by side while they are small, a picture of |difference| when not.

As HTML for a notebook; in plain text `pattern` says it in words. Never made for a hidden test.
"""

from dataclasses import dataclass
from html import escape

import numpy as np

from nnlib.check import tensors
from nnlib.check.show import short

ALARM = "var(--jp-error-color1, #c62828)"
ROWS, COLUMNS = 10, 10  # a larger array is drawn, not written out
SQUARES = 32  # along each side of the picture; a larger array shares squares among neighbours
SHADES = 4  # of the picture: the stronger, the larger


@dataclass
class Pair:
    """What came and what was expected, as arrays of one shape with one or two axes."""

    got: np.ndarray
    expected: np.ndarray
    wrong: np.ndarray  # where they differ
    where: str = ""  # this array in a result of several, "[1]"

    @property
    def says_it(self):
        """Does it tell more than the two results as text? Of a large array, a text shows corners only."""
        return not self.where and (self.small or self.got.size > 60)

    @property
    def small(self):
        return self.got.shape[-1] <= COLUMNS and len(self.got) <= ROWS


def pair(got, expected, rtol, atol, where=""):
    """The Pair of two results, or of their first parts that differ; None where those are no rows of numbers."""
    g, e = _numbers(got), _numbers(expected)
    if g is not None and e is not None and g.shape == e.shape:
        wrong = ~np.isclose(g, e, rtol=rtol, atol=atol, equal_nan=True)
        return Pair(g, e, wrong, where) if wrong.any() else None
    keys = ()
    if type(got) in (list, tuple) and type(expected) in (list, tuple) and len(got) == len(expected):
        keys = range(len(got))
    elif type(got) is type(expected) is dict:
        keys = [key for key in expected if key in got]
    parts = (pair(got[key], expected[key], rtol, atol, f"{where}[{short(key, 40)}]") for key in keys)
    return next((part for part in parts if part is not None), None)


def _numbers(x):
    """x as an array of numbers with one or two axes and two or more entries, or None. Reads plain types only."""
    if tensors.is_tensor(x) and tensors.device(x) != "meta":
        x = tensors.as_array(x)
    if type(x) in (list, tuple):
        rows = x if x and all(type(row) in (list, tuple) for row in x) else [x]
        plain = all(type(n) in (int, float) or isinstance(n, (np.integer, np.floating)) for row in rows for n in row)
        if not plain or len({len(row) for row in rows}) > 1:
            return None
        try:
            x = np.array(x, float)
        except OverflowError:  # an int beyond the range of floats
            return None
    if type(x) is not np.ndarray or x.dtype.kind not in "iuf" or x.ndim not in (1, 2) or x.size < 2:
        return None
    return x.copy()


def pattern(wrong):
    """What the wrong places have in common, ", all in column 2", or ""."""
    places = np.argwhere(wrong)
    if len(places) < 2 or wrong.all():
        return ""
    if wrong.ndim == 1:
        first, last = places[0][0], places[-1][0]
        if last - first + 1 != len(places):
            return ""
        return f", all up to [{last}]" if first == 0 else f", all from [{first}] on" if last == len(wrong) - 1 else ""
    (rows, columns), square = places.T, wrong.shape[0] == wrong.shape[1]
    if len(set(rows)) == 1:
        return f", all in row {rows[0]}"
    if len(set(columns)) == 1:
        return f", all in column {columns[0]}"
    if square and (rows == columns).all():
        return ", all on the diagonal"
    return ", all but the diagonal" if square and (wrong != np.eye(len(wrong), dtype=bool)).all() else ""


def as_html(pair):
    """The two arrays with the differing entries marked, or the picture."""
    if not pair.small:
        return _picture(pair)
    (came, wanted), at = _texts(pair), f" at {pair.where}" if pair.where else ""
    if pair.got.ndim == 1:
        return _table(f"entry by entry{at}", {"came": came, "expected": wanted}, [pair.wrong] * 2)
    sides = (_table(name + at, {f"[{i}]": row for i, row in enumerate(texts)}, pair.wrong)
             for name, texts in (("came", came), ("expected", wanted)))
    return f'<div style="display: flex; flex-wrap: wrap; gap: 0 2em">{"".join(sides)}</div>'


def _texts(pair):
    """Both arrays as texts: six digits, and more where six do not tell them apart."""
    def write(x, other, wrong):
        return f"{x:.17g}" if wrong and f"{x:.6g}" == f"{other:.6g}" else f"{x + 0.0:.6g}"  # no −0

    write = np.vectorize(write, otypes=[object])
    return write(pair.got, pair.expected, pair.wrong).tolist(), write(pair.expected, pair.got, pair.wrong).tolist()


def _table(caption, rows, wrong):
    mark = f' style="border: 2px solid {ALARM}; text-align: right"'
    columns = range(wrong[0].size)
    out = ['<table style="margin: .4em 0 .2em 1em; font-variant-numeric: tabular-nums">',
           '<caption style="text-align: left; caption-side: top; white-space: nowrap; color: inherit">',
           f"{escape(caption)}</caption>",
           "<thead><tr><td></td>", *(f'<th scope="col">[{j}]</th>' for j in columns), "</tr></thead><tbody>"]
    for (name, texts), differ in zip(rows.items(), wrong):
        cells = (f"<td{mark}><strong>≠ {t}</strong></td>" if d else f'<td style="text-align: right">{t}</td>'
                 for t, d in zip(texts, differ))
        out.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>')
    return "".join([*out, "</tbody></table>"])


def _picture(pair):
    """|came − expected|, one square an entry, stronger where it is larger. The caption says it in words."""
    with np.errstate(all="ignore"):
        far = np.abs(pair.got.astype(float) - pair.expected.astype(float))
    far = np.where(pair.wrong, np.where(np.isfinite(far), far, np.inf), 0.0)
    place = np.unravel_index(np.argmax(far), far.shape)
    largest = f"{far[place]:.3g}" if np.isfinite(far[place]) else "without bound"
    said = (f"|came − expected|{' at ' + escape(pair.where) if pair.where else ''}: {pair.wrong.sum()} of {far.size} "
            f"entries differ{pattern(pair.wrong)}; the largest difference, {largest}, "
            f"is at {''.join(f'[{i}]' for i in place)}.")
    squares = _pooled(np.atleast_2d(far))
    rows, columns = squares.shape
    top = squares[np.isfinite(squares)].max(initial=0.0) or 1.0
    shades = np.where(squares > 0, np.ceil(np.minimum(squares / top, 1) * SHADES).clip(1), 0)
    paths = []
    for k in range(1, SHADES + 1):
        if d := "".join(f"M{j} {i}h1v1h-1z" for i, j in np.argwhere(shades == k)):
            paths.append(f'<path d="{d}" fill-opacity="{k / SHADES:g}"/>')
    size = max(6, 192 // max(rows, columns))
    return "".join([
        '<figure style="margin: .4em 0 .2em 1em">',
        f'<svg role="img" aria-label="{said}" width="{columns * size}" height="{max(rows * size, 18)}" '
        f'viewBox="0 0 {columns} {rows}" preserveAspectRatio="none" '
        f'style="fill: {ALARM}; outline: 1px solid currentColor">', *paths, "</svg>",
        f"<figcaption>{said} Empty where they agree; the stronger, the further apart.</figcaption></figure>"])


def _pooled(far):
    """At most SQUARES rows and columns: each square the largest of its neighbours."""
    for axis in (0, 1):
        n = far.shape[axis]
        far = np.maximum.reduceat(far, np.arange(0, n, -(-n // SQUARES)), axis=axis)
    return far
