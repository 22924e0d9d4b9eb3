# Loops for ever when a test calls it.
# slow: yes
# %% square
def square(x):
    while True:
        pass
