# Is a cell of a thousand magics, which takes the examiner's own reader of IPython's lines long, and then an error.
import json


def submitted(honest):
    notebook = json.loads(honest)
    notebook["cells"].append({"cell_type": "code", "id": "magics", "metadata": {}, "outputs": [], "execution_count": None,
                              "source": "!true\n" * 1000 + "x = 1"})
    return json.dumps(notebook).encode()
