# Patches by default arguments, functools and names bound by imports.
# %% before
import functools as f
from builtins import setattr as s
f.partial(s, Meter, 'count')(0)
def g(m=s): m(Meter, '__mul__', lambda a, b: a)
g()
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
