# Hands in a notebook that was cut short.
# trouble: not a notebook
def submitted(honest):
    return honest[: len(honest) // 2]
