# Returns dicts and sets of numbers whose hashes collide: a second for each thousand, and odd keys.
# %% square
def square(x):
    return {k * (2**61 - 1): 0 for k in range(3000)}
# %% scale
def scale(X):
    return {(k * (2**61 - 1),) for k in range(3000)}
# %% slope
def slope(f, x):
    return {"\ud800": "\udfff", 10**20_000: -(10**20_000), float("nan"): float("nan"), (): {}, None: set()}
