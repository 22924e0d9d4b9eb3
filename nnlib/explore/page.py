"""The slider without a kernel: every position drawn once, native inputs, a little script.

What it makes stands on its own: it works in a published page, an exported notebook and in
nbviewer, needs nothing from elsewhere, and shows its first picture before, and without, script.
"""

import json
from html import escape

STYLE = """
.nn-explore{margin:1.5rem 0;scroll-margin-top:5rem;color:inherit}
.nn-explore img{display:block;width:100%;height:auto;margin:0 auto .5rem;background:#fff}
.nn-explore-row,.nn-explore-move{display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .6rem}
.nn-explore-row output{font-weight:bold;font-variant-numeric:tabular-nums}
.nn-explore-move{flex:1 1 14rem;flex-wrap:nowrap}
.nn-explore-move input{flex:1;min-width:0;height:2.5rem;margin:0}
.nn-explore-move button{flex:none;width:2.5rem;height:2.5rem;font:inherit;color:inherit}
.nn-explore-move button{background:none;border:1px solid;border-radius:.3rem}
.nn-explore p{margin:.5rem 0}
.nn-explore figcaption{margin:0;padding:0;font:inherit;color:inherit;text-align:start}
@media print{.nn-explore-move{display:none}}
"""

SCRIPT = """
(() => {
  const figure = document.currentScript.closest("figure"), id = figure.id + ":";
  const all = (what) => [...figure.querySelectorAll(what)];
  const data = JSON.parse(all("script")[0].textContent);
  const inputs = all("input"), outputs = all("output"), [image] = all("img"), [status] = all("[role=status]");
  const settings = () => location.hash.slice(1).split("&").filter(Boolean);
  const stepping = inputs.length > 1 ? inputs[data.names.indexOf("step")] : inputs[0];
  let timer, touched = false, printed = false;

  function show() {
    let at = 0;
    inputs.forEach((input, i) => {
      const text = data.shown[i][input.value];
      at = at * data.shown[i].length + Number(input.value);
      outputs[i].textContent = text;
      input.setAttribute("aria-valuetext", text);
    });
    image.src = data.frames[at];
    image.alt = data.alts[at];
    status.textContent = data.sentences[at];
  }
  function moved() {
    touched = true;
    show();
    clearTimeout(timer);  // browsers allow only so many changes of the address
    timer = setTimeout(() => {
      const mine = inputs.map((input, i) => data.names[i] + "=" + encodeURIComponent(data.texts[i][input.value]));
      const others = settings().filter((s) => s.includes(":") && !s.startsWith(id));
      history.replaceState(history.state, "", "#" + [id + mine.join(","), ...others].join("&"));
    }, 200);
  }
  function open() {
    const mine = settings().find((s) => s.startsWith(id));
    if (!mine) return;
    for (const pair of mine.slice(id.length).split(",")) {
      const [name, text] = pair.split("="), i = data.names.indexOf(name);
      const j = i < 0 ? -1 : data.texts[i].findIndex((t) => t === text || encodeURIComponent(t) === text);
      if (j >= 0) inputs[i].value = j;
    }
    touched = true;
    show();
    if (settings()[0] === mine) Promise.resolve(window.MathJax?.startup?.promise).then(() => figure.scrollIntoView());
  }
  function turn(to) {
    stepping.value = to;
    show();
  }
  window.addEventListener("beforeprint", () => {  // a figure that steps begins nearly empty: paper shows its end
    printed = stepping?.value === "0" && !touched;
    if (printed) turn(stepping.max);
  });
  window.addEventListener("afterprint", () => printed && turn(0));
  figure.addEventListener("input", moved);
  all("button").forEach((button, i) => button.addEventListener("click", () => {
    inputs[i >> 1][i % 2 ? "stepUp" : "stepDown"]();
    moved();
  }));
  window.addEventListener("hashchange", open);
  document.readyState === "complete" ? open() : window.addEventListener("load", open);
})();
"""

ROW = """<div class="nn-explore-row"><label for="{id}">{label}</label>
<output for="{id}"{quiet} style="min-width:min(100%,{longest}ch)">{text}</output>
<div class="nn-explore-move"><button type="button" aria-label="{label}: one back">‹</button>
<input type="range" id="{id}" min="0" max="{last}" value="{start}" aria-valuetext="{text}" autocomplete="off">
<button type="button" aria-label="{label}: one on">›</button></div></div>
"""


class Page:
    """All positions of the sliders, drawn; displays itself as `text/html`."""

    def __init__(self, spec):
        self.spec = spec
        self.frames = {position: spec.frame(position) for position in spec.positions()}

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.html(), "text/plain": repr(self)}

    def __repr__(self):
        return f"{self.spec.caption}\n[a figure with sliders; here at {self.frames[self.spec.start].alt}]"

    def html(self):
        spec, first, frames = self.spec, self.frames[self.spec.start], self.frames.values()
        # An output speaks when it changes. Where a sentence does, one voice is enough.
        quiet = ' aria-live="off"' if any(frame.sentence for frame in frames) else ""
        rows = "".join(
            ROW.format(id=f"{spec.name}-{s.name}", label=escape(s.label), last=len(s.texts) - 1, start=s.start,
                       text=escape(s.shown[s.start]), quiet=quiet,
                       longest=max(4, *map(len, s.texts)))  # room for all, so that no slider moves under the finger
            for s in spec.sliders)
        data = json.dumps({
            "names": [s.name for s in spec.sliders],
            "texts": [s.texts for s in spec.sliders],  # in the address
            "shown": [s.shown for s in spec.sliders],
            "sentences": [frame.sentence for frame in frames],
            "alts": [frame.alt for frame in frames],
            "frames": [frame.uri for frame in frames],
        }, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
        width, height = first.size
        return (
            f'<figure class="nn-explore" id="{spec.name}"><style>{STYLE}</style>\n'
            f'<img src="{first.uri}" alt="{escape(first.alt)}" width="{width}" height="{height}" '
            f'style="max-width:{width}px;aspect-ratio:{width}/{height}">\n{rows}'
            f'<p role="status">{escape(first.sentence)}</p>\n<figcaption>{escape(spec.caption)}</figcaption>\n'
            f'<script type="application/json">{data}</script>\n<script>{SCRIPT}</script></figure>')
