# Takes memory as one huge text and by doubling a list.
# slow: yes
# %% before
x = "a" * (10**12)
# %% square
def square(x):
    kept = [0]
    while True:
        kept = kept + kept
