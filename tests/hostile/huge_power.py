# Computes a power with a hundred million digits: one step of Python that takes hours.
# slow: yes
# %% square
def square(x):
    return len(str(7 ** 7 ** 11))
