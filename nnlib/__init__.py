"""Neural networks written to be read: the library under the course.

Each room is imported on its own, so that nothing is loaded that is not used:

    from nnlib.scalar import Value, MLP      # standard library only
    from nnlib.explore import explore        # sliders
    from nnlib import check                  # what test cells call
"""

__version__ = "0.1.0"
