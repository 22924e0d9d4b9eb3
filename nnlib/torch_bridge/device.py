"""Where PyTorch computes (section 8.4)."""

import os

import torch


def device(name=None):
    """The best device of this machine: CUDA, else MPS (a Mac's GPU), else the CPU.

    name, or else the environment variable NNLIB_DEVICE, forces one: "cpu", "cuda", "cuda:1", "mps".
    Raises ValueError for another name, RuntimeError, with the reason, where that device is not here.
    """
    asked = name or os.environ.get("NNLIB_DEVICE")
    if not asked:
        return torch.device("cuda" if torch.cuda.is_available() else
                            "mps" if torch.backends.mps.is_available() else "cpu")
    who = f"device {str(asked)!r}" if name else f"NNLIB_DEVICE={asked}"
    try:
        wanted = torch.device(asked)
    except RuntimeError:
        wanted = None
    if wanted is None or wanted.type not in ("cpu", "cuda", "mps"):
        raise ValueError(f'{who}: the devices are "cpu", "cuda", "cuda:1" and so on, and "mps"')
    if why := absent(wanted):
        raise RuntimeError(f"{who} was asked for, but {why}; "
                           "take the CPU instead, or leave the choice to device()")
    return wanted


def absent(wanted):
    """Why a device is not here; None if it is."""
    if wanted.type == "cuda":
        if torch.version.cuda is None and torch.version.hip is None:
            return f"this PyTorch, {torch.__version__}, was built without CUDA; pytorch.org has one with it"
        if not torch.cuda.is_available():
            return "PyTorch sees no GPU; does `nvidia-smi` show one, and is the driver new enough for " \
                   f"CUDA {torch.version.cuda}?"
        if wanted.index is not None and wanted.index >= torch.cuda.device_count():
            return f"there are only {torch.cuda.device_count()} GPUs here, counted from cuda:0"
    if wanted.type == "mps" and not torch.backends.mps.is_available():
        return "MPS needs a Mac with Apple silicon and a PyTorch built for it"


def synchronize(where):
    """Waits until a device has done all it was asked to: only then may one look at the clock."""
    if where.type == "cuda":
        torch.cuda.synchronize(where)
    elif where.type == "mps":
        torch.mps.synchronize()
