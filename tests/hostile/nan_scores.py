# Returns not-a-number, infinity, complex numbers and truth values where a number is compared.
# %% square
def square(x):
    return float("nan")
# %% scale
def scale(X):
    return X * float("nan")
# %% slope
def slope(f, x):
    return complex(float("nan"), float("inf"))
