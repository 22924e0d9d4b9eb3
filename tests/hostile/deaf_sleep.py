# Blocks all signals and sleeps for an hour: no computing time passes.
# slow: yes
# %% square
def square(x):
    import signal
    import time

    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    time.sleep(3600)
