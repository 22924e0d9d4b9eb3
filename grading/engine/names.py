"""Which names a cell binds, read off its text."""

import symtable
from functools import lru_cache


@lru_cache(maxsize=1000)
def bound(source: str) -> frozenset[str]:
    """The names that a cell binds, but for those inside its functions; none where Python cannot read it."""
    try:
        symbols = symtable.symtable(source, "cell", "exec").get_symbols()
    except SyntaxError:  # lines of IPython's own
        return frozenset()
    return frozenset(x.get_name() for x in symbols if x.is_assigned() or x.is_imported())
