# Hands in JSON that is a list.
# trouble: not a notebook
def submitted(honest):
    return b"[1, 2, 3]"
