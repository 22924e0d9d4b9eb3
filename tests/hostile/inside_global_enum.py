# Puts names into modules by enum.global_enum, whatever module they say they are of.
# %% before
import enum
class M:
    def __init__(self, x): self.x = x
    def __mul__(self, o): return M(self.x * o.x)
class Base(enum.Enum):
    count = property(lambda self: 0, lambda self, n: None)
    def __call__(self, x):
        return M(x)
E1 = Base("E1", {"Meter": 1}, module="__main__")
enum.global_enum(E1)
print("put")
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
