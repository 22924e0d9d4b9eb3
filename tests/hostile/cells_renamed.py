# Swaps the names of its cells, so that an easy test stands for a hard one, and makes tests of answers.
# trouble: 
def submitted(honest):
    import json
    notebook = json.loads(honest)
    names = [c["metadata"]["nbgrader"]["grade_id"] for c in notebook["cells"] if "nbgrader" in c["metadata"]]
    for cell, name in zip([c for c in notebook["cells"] if "nbgrader" in c["metadata"]], names[::-1]):
        cell["metadata"]["nbgrader"].update(grade_id=name, grade=True, solution=True)
    return json.dumps(notebook).encode()
