# Sends SIGKILL and SIGSTOP to its parent, its group and its session.
# %% before
import os
import signal

for target in (os.getppid(), -os.getpgid(0), -os.getsid(0), 1, 2, 3):
    for number in (signal.SIGSTOP, signal.SIGKILL):
        try:
            print(target, number, os.kill(target, number) if target else None)
        except OSError as error:
            print(error)
# %% square
def square(x):
    return 0.0
