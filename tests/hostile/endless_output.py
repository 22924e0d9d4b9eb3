# Prints without end, in a cell and in a call.
# slow: yes
# %% before
while True:
    print("x" * 1000)
# %% square
def square(x):
    while True:
        print("y" * 1000)
