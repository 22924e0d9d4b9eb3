# Hands in an empty file.
# trouble: the file is empty
def submitted(honest):
    return b""
