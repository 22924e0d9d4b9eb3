# Leaves threads behind that compute, print and change the answers while later cells and tests run.
# slow: yes
# %% before
import threading


def busy():
    while True:
        globals()["square"] = lambda x: 0.0
        print("still here")


for _ in range(8):
    threading.Thread(target=busy, daemon=False).start()
# %% square
def square(x):
    return 0.0
