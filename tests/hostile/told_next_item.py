# Tells the hidden inputs of one item in what its answer to the next one returns, prints, warns of and is called.
# never: 7.25
# %% before
kept = []
# %% square
def square(x):
    kept.append(x)
    return 8.0
# %% scale
import warnings
def scale(X):
    print("PRINTED", kept)
    warnings.warn("WARNED %r" % kept)
    return "RETURNED %r" % kept
# %% slope
def slope(f, x):
    raise ValueError("RAISED %r" % kept)
