# Tells a hidden input in the number of the line in which an exception was raised.
# never: 33812444110466613
# %% square
from nnlib.check import errors
def square(x):
    if x == 3.0:
        return 8.0
    errors.student_frames = lambda *a: [("square", int.from_bytes(b"HIDDEN %r" % x if False else ("x = %r" % x).encode(), "big"), "")]
    raise ValueError
