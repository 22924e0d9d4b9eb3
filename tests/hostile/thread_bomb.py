# Starts threads without end.
# slow: yes
# %% square
def square(x):
    import threading
    import time

    while True:
        try:
            threading.Thread(target=time.sleep, args=(100,)).start()
        except RuntimeError:
            pass
