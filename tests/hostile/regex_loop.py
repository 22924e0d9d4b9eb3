# Loops for ever in C, where no signal of Python's is heard: a regular expression that backtracks.
# slow: yes
# %% square
def square(x):
    import re

    return re.match("(a+)+$", "a" * 60 + "b")
