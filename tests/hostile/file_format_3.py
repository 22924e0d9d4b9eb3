# Hands in a notebook of format 3.
# trouble: notebook format 3
def submitted(honest):
    return b'{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]}'
