# Returns a hundred thousand objects of classes of its own, each with a name of its own.
# slow: yes
# %% square
def square(x):
    return [type(f"C{k}" + "x" * 300, (), {})() for k in range(30_000)]
# %% scale
def scale(X):
    return [object() for _ in range(30_000)]
