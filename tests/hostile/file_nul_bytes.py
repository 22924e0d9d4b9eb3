# Hands in a notebook of NUL bytes, and one in UTF-16.
# trouble: not a notebook
def submitted(honest):
    return b"\0" * 1000 + honest.decode().encode("utf-16")
