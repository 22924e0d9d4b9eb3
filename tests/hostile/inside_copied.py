# Copies the released class, but for the line that counts: lines of a release are nobody's code but ours.
# %% before
class Meter:

    count = 0

    def __init__(self, x):
        self.x = x

    def __mul__(self, other):
        return Meter(self.x * other.x)
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
