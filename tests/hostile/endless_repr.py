# Returns an object whose printing never ends and prints gigabytes.
# slow: yes
# %% square
class Endless:
    def __repr__(self):
        while True:
            print("x" * 1_000_000)

    __str__ = __format__ = __repr__


def square(x):
    return Endless()
