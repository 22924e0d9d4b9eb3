"""What a candidate says that its cells have shown, made sound: a notebook's outputs, plain JSON, bounded."""

import json
import re

MOST = 1_000  # outputs of one cell
ROOM = 20_000_000  # letters of all outputs of a notebook

FIELDS = {  # kind -> its fields and what they must be
    "stream": {"name": str, "text": str},
    "error": {"ename": str, "evalue": str, "traceback": list},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict, "execution_count": (int, type(None))},
}


# Formgrader shows an autograded notebook in the page, and with the rights, of the instructor, and nbconvert believes
# it: HTML, scripts, the sizes of pictures. So what a browser could run stands under a name that only
# grading/reports/work.py knows, which has it cleaned.
PICTURES = ("image/png", "image/jpeg", "image/gif")
RENAMED = {"text/html": "text/x-html", "text/markdown": "text/x-markdown", "image/svg+xml": "image/x-svg"}
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
TAG = re.compile(r"<(?!/?(?:br|hr|p|b|i|u|em|strong|code|pre|sub|sup|ul|ol|li)[ ]?/?>)(?=[A-Za-z/!?])", re.I)
SCRIPTS = re.compile(r"(?:java|vb)script(?=\s*(?::|&))|\bdata(?=\s*:\s*text/html)", re.I)


def harmless(text: str) -> str:
    """A student's Markdown, in which no HTML and no link runs anything: what could is shown as text."""
    return SCRIPTS.sub(lambda found: found[0][:1] + "\u2060" + found[0][1:], TAG.sub("&lt;", text))


def pictures(data: dict) -> dict:
    """Those of an output, or attached to a text, that are nothing but pictures, by kind."""
    return {kind: value for kind, value in data.items()
            if kind in PICTURES and isinstance(value, str) and BASE64.fullmatch(value)}


def _shown(data):
    """What an output shows, by kind, of which nbconvert shows nothing that acts."""
    plain = {"text/plain": data["text/plain"]} if "text/plain" in data else {}
    return plain | pictures(data) | {new: data[kind] for kind, new in RENAMED.items() if kind in data}


def sound(outputs, room=ROOM) -> tuple[list, int]:
    """(the outputs of a cell that follow the rules, the room that is left). Anything else is dropped."""
    kept = []
    for output in outputs[:MOST] if isinstance(outputs, list) else []:
        fields = FIELDS.get(output.get("output_type")) if isinstance(output, dict) and isinstance(
            output.get("output_type"), str) else None
        if not fields or not all(isinstance(output.get(name), kind) for name, kind in fields.items()):
            continue
        plain = {"output_type": output["output_type"]} | {name: output[name] for name in fields}
        if plain.get("name", "stdout") not in ("stdout", "stderr") or not all(
                isinstance(line, str) for line in plain.get("traceback", [])):
            continue
        if "data" in plain:
            plain |= {"data": _shown(plain["data"]), "metadata": {}}
        try:
            text = json.dumps(plain, allow_nan=False)
        except (TypeError, ValueError, RecursionError):  # bytes, arrays, stand-ins, what contains itself
            continue
        if len(text) > room:
            text = "… (too much was shown; the rest was dropped)\n"
            return [*kept, {"output_type": "stream", "name": "stdout", "text": text}], 0
        room -= len(text)
        kept.append(json.loads(text.encode("ascii").decode()) if "\\ud" not in text else _whole(plain))
    return kept, room


def _whole(x):
    """Text without lone halves of characters, which no file can hold."""
    if isinstance(x, str):
        return x.encode("utf-8", "replace").decode()
    if isinstance(x, dict):
        return {_whole(str(key)): _whole(value) for key, value in x.items()}
    return [_whole(entry) for entry in x] if isinstance(x, (list, tuple)) else x
