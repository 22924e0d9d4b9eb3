# Puts NUL bytes into the source of its cells.
# trouble: 
def submitted(honest):
    return honest.replace(b"def square", b"\\u0000def square")
