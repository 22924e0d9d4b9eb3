# Gives the names of the lines inside to things of its own: Meter, range, len, a tuple.
# %% before
class Meter:
    count = 0
    def __init__(self, x): self.x = x
    def __mul__(self, other): return type(self)(self.x * other.x)
tuple = len = range = print
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
