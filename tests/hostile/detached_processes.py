# Leaves processes behind by a double fork with setsid, which wait and write when nobody looks.
# %% before
import os
import time

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", ["sleep", "98765"])
    os._exit(0)
os.system("nohup sh -c 'sleep 98765; echo owned' >/dev/null 2>&1 &")
time.sleep(0.1)
# %% square
def square(x):
    return 0.0
