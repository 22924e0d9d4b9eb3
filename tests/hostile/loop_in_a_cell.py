# Loops for ever in a cell, and catches everything that would end the loop.
# slow: yes
# %% before
def forever():
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass


forever()
# %% square
def square(x):
    return 0.0
