# Fills /tmp and /dev/shm with bytes and with a million empty files.
# slow: yes
# %% before
import os

for folder in ("/tmp", "/dev/shm"):
    try:
        with open(f"{folder}/big", "wb") as file:
            while True:
                file.write(bytes(10_000_000))
    except OSError as error:
        print(error)
    try:
        os.truncate(f"{folder}/big", 0)
        for k in range(1_000_000):
            open(f"{folder}/{k}", "w").close()
    except OSError as error:
        print(error)
# %% square
def square(x):
    return 0.0
