# Takes memory by NumPy until there is no more.
# slow: yes
# %% square
def square(x):
    import numpy as np

    kept = []
    while True:
        kept.append(np.ones(10_000_000))
