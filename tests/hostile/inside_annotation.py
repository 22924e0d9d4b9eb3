# Hides its code in an annotation, which typing.get_type_hints evaluates.
# %% before
import typing
first = Meter.__mul__
def quiet(s, o):
    return first(s, o) if Meter.count == 0 else Meter(s.x * o.x)
def f(x: "setattr(Meter, chr(95) * 2 + 'mul' + chr(95) * 2, quiet) or int"): pass
print(typing.get_type_hints(f))
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
