# Hands in once more, without a single cell, and hopes to keep the old score.
# again: yes
def submitted(honest):
    import json
    return json.dumps(json.loads(honest) | {"cells": []}).encode()
