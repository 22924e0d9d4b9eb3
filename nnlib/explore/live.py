"""The slider with a kernel behind it: a move calls `draw`."""

import json
from html import escape

import ipywidgets as widgets

# Runs when a new picture is shown. Screen readers announce what changes inside a live region, not a new region, so
# the sentence is put into one that stays. Each handle gets the name and the reading that ipywidgets leaves out.
SHOWN = """
const box = this.closest('.nn-explore'), {sentence, handles} = JSON.parse(this.dataset.words);
box?.querySelectorAll('[role=status]').forEach((status) => status.textContent = sentence);
box?.querySelectorAll('[role=slider]').forEach((handle, i) => [handle.ariaLabel, handle.ariaValueText] = handles[i]);
"""


class Live(widgets.VBox):
    """Picture, sliders, sentence and caption, as on the page."""

    def __init__(self, spec):
        self.spec = spec
        self.picture = widgets.HTML()
        self.sliders = [
            widgets.SelectionSlider(
                options=s.shown, index=s.start, description=s.label,
                style={"description_width": "initial"}, layout={"width": "min(100%, 32rem)"})
            for s in spec.sliders]
        for slider in self.sliders:
            slider.observe(self._show, "index")
        caption = widgets.HTML(f"<p style='margin:0;max-width:45rem'>{escape(spec.caption)}</p>")
        first = self._draw()  # an error at the start is an error of the cell
        self.status = widgets.HTML(f'<p role="status" style="margin:0">{escape(first.sentence)}</p>')
        super().__init__([self.picture, *self.sliders, self.status, caption])
        self.add_class("nn-explore")

    def _draw(self):
        frame = self.spec.frame([slider.index for slider in self.sliders])
        words = json.dumps({"sentence": frame.sentence, "handles": [(s.description, s.value) for s in self.sliders]})
        self.picture.value = (
            f'<img src="{frame.uri}" width="{frame.size[0]}" height="{frame.size[1]}" alt="{escape(frame.alt)}" '
            f'data-words="{escape(words)}" onload="{SHOWN}" style="max-width:100%;height:auto;background:#fff">')
        return frame

    def _show(self, change):
        try:
            self._draw()
        except Exception as problem:  # raised in a callback, it would go to a log that nobody reads
            lines = [f"{type(problem).__name__}: {problem}", *getattr(problem, "__notes__", ())]
            self.picture.value = f'<p role="alert">{"<br>".join(map(escape, lines))}</p>'
