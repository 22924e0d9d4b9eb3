# Reaches frames by a match statement, in which attributes are not written as attributes.
# spoils: scale slope
# %% before
g = (x for x in [1])
match g:
    case object(gi_frame=object(f_builtins=b)):
        b['tuple'] = lambda *a: (6561, 0)
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
