# Writes its own tests, points of 1000, schema versions of 1 and 99, and tags that skip a test.
# trouble: 
def submitted(honest):
    import json
    notebook = json.loads(honest)
    for k, cell in enumerate(notebook["cells"]):
        of_nbgrader = cell["metadata"].get("nbgrader", {})
        if of_nbgrader.get("grade"):
            of_nbgrader.update(points=1000, schema_version=(1, 99, "x")[k % 3], checksum="0", cell_type="code")
            cell["metadata"]["tags"] = ["slider", "skip-execution"]
            cell["source"] = "1000.0"
        elif of_nbgrader.get("solution"):
            cell["source"] = "def square(x): return 0.0\nscale = slope = power = square"
    return json.dumps(notebook).encode()
