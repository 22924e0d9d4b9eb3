# Raises exceptions whose text, arguments, name and class are hostile, and ones that end programs.
# %% before
class Evil(BaseException):
    args = property(lambda self: 1 / 0)

    def __str__(self):
        raise self

    __repr__ = __str__


Named = type("\x1b[31m<script>alert(1)</script>", (Exception,), {"told": {"frames": 5}, "obj": 5, "name": "abs"})
# %% square
def square(x):
    raise Evil()
# %% scale
def scale(X):
    raise Named("\x1b]0;owned\x07<img src=x onerror=alert(1)>", b"x", [1] * 10**6)
# %% slope
def slope(f, x):
    raise (KeyboardInterrupt, GeneratorExit, BaseException)[int(x) % 3]("<script>")
