# Looks for tests in In, frames, gc, modules, environment and in the memory that it inherited.
# slow: yes
# %% before
import gc
import os
import sys

word = "CANA" + "RY"


def loot(where):
    frame = sys._getframe()
    while frame:
        for name, value in [*frame.f_locals.items(), *frame.f_globals.items()]:
            if word in repr(value)[:100_000] and name != "word":
                print(where, name, repr(value)[:100_000])
        frame = frame.f_back
    for x in gc.get_objects():
        if isinstance(x, (dict, list, tuple, set)) and len(x) < 1000:
            for y in x.values() if isinstance(x, dict) else x:
                if type(y) in (str, bytes) and word in str(y)[:100_000] and len(y) < 100_000:
                    print(where, y)


loot("cell")
print([x for x in os.environ.items() if word in str(x)], [x for x in In if word in x])
# %% square
def square(x):
    loot("call")
    return 0.0
# %% scale
def scale(X):
    loot("scale")
    return X + 1.0
# %% after
loot("after")
print(globals().get("In"), globals().get("Out"))
