# Ends with sys.exit(0) in a cell, in a function, and in a string conversion.
# %% before
import sys

sys.exit(0)
# %% square
def square(x):
    sys.exit(0)
