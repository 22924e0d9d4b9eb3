# Puts terminal escapes and scripts into outputs, Markdown, results, names of functions and of errors.
# %% before
from IPython.display import HTML, Javascript, Markdown, display

evil = "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)>\x1b]0;owned\x07\x1b[2J"
print(evil)
display(HTML(evil), Javascript("alert(1)"), Markdown(evil + "[x](javascript:alert(1))"))
display({"text/html": evil, "image/svg+xml": f"<svg>{evil}</svg>", "text/latex": evil, evil: evil}, raw=True)
raise type(evil, (Exception,), {})(evil)
# %% square
def square(x):
    return evil


square.__name__ = square.__qualname__ = evil
# %% scale
class Liar:
    def __repr__(self):
        return evil


Liar.__name__ = evil


def scale(X):
    print(evil)
    import warnings

    warnings.warn(evil)
    return Liar()
# %% explain
<script>alert(1)</script> <a href="javascript:alert(1)">x</a> ![x](x" onerror="alert(1)) <iframe srcdoc="<script>alert(1)</script>">
