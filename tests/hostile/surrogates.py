# Uses halves of characters, which no file can hold, in texts, names, outputs and the source.
# %% before
print("\ud800 and \udfff")
{"\ud800": "\udfff"}
# %% square
def square(x):
    return "\ud800" * 1000
# %% scale
def scale(X):
    raise ValueError("\ud83d")
# %% after
# SURROGATE in the source itself
