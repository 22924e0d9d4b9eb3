# Takes memory in many processes, each below the limit of one.
# slow: yes
# %% square
def square(x):
    import os
    import time

    for _ in range(20):
        if os.fork() == 0:
            kept = bytearray(80_000_000)
            for k in range(0, len(kept), 4096):
                kept[k] = 1
            time.sleep(20)
            os._exit(0)
    time.sleep(20)
    return 0.0
