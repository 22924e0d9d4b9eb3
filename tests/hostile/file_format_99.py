# Hands in a notebook of format 99.
# trouble: notebook format 99
def submitted(honest):
    return honest.replace(b'"nbformat": 4', b'"nbformat": 99')
