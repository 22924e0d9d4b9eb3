"""Saving the weights of a network and loading them again: an .npz file, arrays and their names, no pickle."""

import os
import zipfile

import numpy as np


def save(net, path):
    """Writes everything that net.state_dict() holds to the file `path`."""
    new = f"{os.fspath(path)}.new"  # beside it, and moved only when whole: what stood there is not lost on the way
    with open(new, "wb") as file:  # a file, not a name: NumPy would add .npz to a name without it
        np.savez(file, **net.state_dict())
    os.replace(new, path)


def load(net, path):
    """Fills `net`, a network built as the saved one was, with the arrays in `path`. Returns it.

    Raises KeyError or ValueError, and changes nothing, where names or shapes differ.
    """
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as state:
            state = dict(state)
    except (ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is not a file that save() wrote, or not all of it: {error}") from None
    net.load_state_dict(state)
    return net
