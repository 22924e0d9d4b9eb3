"""What is trained: an array and its gradient."""


class Parameter:
    """An array that is trained.  data: its values.  grad: ∂(loss)/∂(data), or None where none came yet.

    Both live on in place while an optimiser works: copy what you want to keep.
    """

    room = None  # where an optimiser wants the gradient to be written

    def __init__(self, data):
        self.data = data
        self.grad = None

    def add_grad(self, operation, *arrays):
        """grad += operation(*arrays): a parameter used twice, or over two batches, hears from both.

        The first contribution is written, not added, and straight to where it is needed.
        """
        if self.grad is None:
            self.grad = operation(*arrays, out=self.room)
        else:
            self.grad += operation(*arrays)

    @property
    def shape(self):
        return self.data.shape

    def __repr__(self):
        return f"Parameter{self.shape}"
