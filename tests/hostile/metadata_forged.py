# Forges all metadata: points below nothing, names of wrong types, a kernel of its own, executed outputs.
# trouble: 
def submitted(honest):
    import json
    notebook = json.loads(honest)
    notebook["metadata"] = {"kernelspec": {"name": "../../evil", "display_name": "<script>", "language": "bash"}, "nbgrader": {"score": 9}}
    for k, cell in enumerate(notebook["cells"]):
        cell["metadata"]["nbgrader"] = [{"grade_id": ["x"]}, {"grade_id": 5, "points": -1}, {"grade_id": "test-square"}, {}][k % 4]
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "execute_result", "data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": 1}]
    return json.dumps(notebook).encode()
