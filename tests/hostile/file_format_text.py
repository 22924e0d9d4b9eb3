# Hands in a notebook whose format is a very long text with escapes.
# trouble: notebook format
def submitted(honest):
    return honest.replace(b'"nbformat": 4', b'"nbformat": "' + b"\\u001b[2J<script>" * 10000 + b'"')
