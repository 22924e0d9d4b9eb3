# Hands in a notebook with bytes that are no UTF-8.
# trouble: not a notebook
def submitted(honest):
    return honest.replace(b"tiny", b"\xff\xfe\x80")
