# Prints 200 megabytes, shows a picture of 50, and returns a text of 200.
# %% before
from IPython.display import display

for _ in range(200):
    print("x" * 1_000_000)
display({"image/png": "A" * 50_000_000, "text/plain": "x"}, raw=True)
# %% square
def square(x):
    return "z" * 200_000_000
