"""Saving the weights of a network and loading them again: an .npz file, arrays and their names, no pickle."""

import numpy as np


def save(net, path):
    """Writes everything that net.state_dict() holds to the file `path`."""
    with open(path, "wb") as file:  # a file, not a name: NumPy would add .npz to a name without it
        np.savez(file, **net.state_dict())


def load(net, path):
    """Fills `net`, a network built as the saved one was, with the arrays in `path`. Returns it.

    Raises KeyError or ValueError, and changes nothing, where names or shapes differ.
    """
    with np.load(path, allow_pickle=False) as state:
        net.load_state_dict(dict(state))
    return net
