# Hands in a notebook whose metadata are nested 900 deep.
# trouble: 
def submitted(honest):
    return honest.replace(b'"metadata": {}', b'"metadata": {"x": ' + b"[" * 900 + b"]" * 900 + b"}", 1)
