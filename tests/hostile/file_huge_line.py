# Hands in a cell of one line with two million characters.
# trouble: 
def submitted(honest):
    import json
    notebook = json.loads(honest)
    notebook["cells"][2]["source"] = "x = [" + "1, " * 700_000 + "]"
    return json.dumps(notebook).encode()
