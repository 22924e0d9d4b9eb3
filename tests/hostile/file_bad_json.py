# Hands in JSON with a comma too many, and with repeated keys.
# trouble: not a notebook
def submitted(honest):
    return b'{"cells": [],, "nbformat": 4}'
