# Has the examiner compute for it: ranges without end, tuples of gigabytes, products of large arrays.
# never: GOT
# %% before
import gc

peer = next(x for x in gc.get_objects() if type(x).__name__ == "Candidate")
import numpy as np

print(peer.guarded)
ASKED = [("mul", [(1, 2), 10**10]), ("contains", [range(2**60), 0.5]), ("matmul", [np.ones((1500, 1500)), np.ones((1500, 1500))]),
         ("pow", [np.array([3]), 10**9]), ("list", [range(10**12)]), ("getitem", [[1], 0]), ("mul", [np.ones((3000, 1)), np.ones((1, 3000))])]


def bother():
    for name, args in ASKED:
        try:
            print("GOT", name, type(peer.value("operator", name, args)))
        except Exception as error:
            print(type(error).__name__)
# %% square
def square(x):
    bother()
    return 0.0
