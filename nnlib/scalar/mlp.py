"""A neuron, a layer and a multilayer perceptron made of Values (section 6.6)."""

from nnlib.scalar.value import Value, dot

ACTIVATIONS = {
    "identity": lambda z: z,
    "tanh": Value.tanh,
    "sigmoid": Value.sigmoid,
    "relu": Value.relu,
}


class Module:
    """Anything with parameters."""

    def parameters(self):
        """All trainable Values, in a fixed order."""
        raise NotImplementedError

    def zero_grad(self):
        """Forgets the gradients of the last pass; call it before every `backward()`."""
        for p in self.parameters():
            p.grad = 0.0


class Neuron(Module):
    """a = f(z),  z = w·x + b:  `n_inputs` weights, a bias and an activation function f.

    Weights start uniform in ±1/√n_inputs, so that z is of the order of the inputs, however
    many there are; the bias starts at 0. `rng` is anything with `uniform(low, high)`:
    random.Random or numpy.random.Generator.
    """

    def __init__(self, n_inputs, activation="tanh", *, rng):
        if activation not in ACTIVATIONS:
            raise ValueError(f"unknown activation {activation!r}; there are {', '.join(ACTIVATIONS)}")
        if n_inputs < 1:
            raise ValueError(f"a neuron needs at least one input, not {n_inputs}")
        bound = 1.0 / n_inputs**0.5
        self.w = [Value(rng.uniform(-bound, bound)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.f = ACTIVATIONS[activation]

    def __call__(self, x):
        """x: n_inputs Values or numbers. Returns one Value, the activation."""
        return self.f(dot(self.w, x, self.b))

    def parameters(self):
        return [*self.w, self.b]


class Layer(Module):
    """`n_outputs` neurons side by side that all see the same input."""

    def __init__(self, n_inputs, n_outputs, activation="tanh", *, rng):
        self.neurons = [Neuron(n_inputs, activation, rng=rng) for _ in range(n_outputs)]

    def __call__(self, x):
        """x: n_inputs Values. Returns a list of n_outputs Values."""
        return [neuron(x) for neuron in self.neurons]

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP(Module):
    """A multilayer perceptron: layers of the given widths, the last one without activation.

    MLP(2, [16, 16, 1], rng=rng) has 2 inputs, two hidden layers of 16 and one score.
    """

    def __init__(self, n_inputs, widths, activation="tanh", *, rng):
        if isinstance(widths, int):
            raise TypeError(f"widths is a list with one entry for each layer: [{widths}]")
        sizes = [n_inputs, *widths]
        activations = [activation] * (len(widths) - 1) + ["identity"]
        self.layers = [Layer(n, m, f, rng=rng) for n, m, f in zip(sizes, sizes[1:], activations)]

    def __call__(self, x):
        """x: n_inputs numbers or Values. Returns one Value, or a list where the last width is not 1."""
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]
