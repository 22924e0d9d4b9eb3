# Sends SIGKILL and SIGSEGV to itself while a test waits.
# %% square
def square(x):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGSEGV)
    return 0.0
