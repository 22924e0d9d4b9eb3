# Hands in a notebook of 3,000 cells.
# trouble: 
def submitted(honest):
    import json
    notebook = json.loads(honest)
    empty = {"cell_type": "code", "source": "x = 1", "metadata": {}, "outputs": [], "execution_count": None}
    notebook["cells"][1:1] = [dict(empty, id=f"e{k}") for k in range(3000)]
    return json.dumps(notebook).encode()
