# Writes to the descriptors of the terminal itself, 200 megabytes and escape codes.
# %% before
import os

for number in (0, 1, 2):
    for _ in range(200):
        try:
            os.write(number, b"\x1b]0;owned\x07" + b"x" * 1_000_000)
        except OSError:
            break
os.system("echo owned > /dev/tty; echo owned >&2")
# %% square
def square(x):
    return 0.0
