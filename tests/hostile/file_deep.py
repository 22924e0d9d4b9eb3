# Hands in JSON that is nested 100,000 deep.
# trouble: not a notebook
def submitted(honest):
    return b'{"nbformat": 4, "cells": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
