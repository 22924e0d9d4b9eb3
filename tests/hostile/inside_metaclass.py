# Makes classes that lie for others: a metaclass, a decorator, __init_subclass__, __set_name__, __build_class__.
# %% before
class Lie(type):
    def __mul__(cls, other): return cls
class M(Meter, metaclass=Lie):
    def __init_subclass__(cls): pass
def patch(cls):
    cls.__mul__ = lambda s, o: s
    return cls
patch(Meter)
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
