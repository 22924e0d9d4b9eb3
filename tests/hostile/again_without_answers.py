# Hands in once more, without its answers, and hopes to keep the old score.
# again: yes
def submitted(honest):
    import json
    notebook = json.loads(honest)
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = ""
    return json.dumps(notebook).encode()
