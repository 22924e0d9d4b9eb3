# Reaches what it should not by a format string and operator.attrgetter.
# %% before
import operator
print('{0.__globals__}'.format(check.item)[:50])
print(operator.attrgetter('__globals__')(check.item).keys())
# %% power
def power(x, n):
    y = x
    for _ in range(n - 1):
        y = y * x
    return y
