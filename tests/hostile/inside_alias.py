# Patches the meter by another name, in the target of a loop and in a tuple.
# %% before
M = Meter
(M.products, y) = (0, 1)
for M.count in [0]:
    pass
M.__mul__, y = lambda self, other: M(self.x * other.x), 0
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
