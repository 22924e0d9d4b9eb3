"""Mistakes with computation graphs and automatic differentiation."""

ROWS = {
    # --- order of a graph (6.1) ----------------------------------------------------------------------
    "recursion": ("The function calls itself once for every step down the graph, and Python stops such a chain at about 1000. "
                  "Keep a list of open nodes (a stack) instead.", "6.1"),
    "child-first": ("A node stands before one of its parents: when its turn comes, what it is computed from is not there yet.", "6.1"),
    "reversed-order": ("This is the order of the backward pass. The forward order has parents first.", "6.1"),
    "node-twice": ("A node appears more than once. It is reached along several paths, but it is computed once: mark what has been seen.", "6.1"),
    "node-missing": ("Not every node that the result depends on is in the list. Do leaves and the root get their turn too?", "6.1"),
    "node-too-many": ("A node is in the list on which the result does not depend. Start from the root and follow the parents only.", "6.1"),
    "visited-again": ("The time grows with the number of paths, not of nodes: 60 diamonds in a row have 2⁶⁰ paths. "
                      "Check whether a node was seen before you follow its parents.", "6.1"),
    "slow-search": ("The work grows faster than the graph. Is every node looked at again in each round? "
                    "Or is one looked up in a list, which walks along it? A set finds it at once.", "6.1"),

    # --- the chain rule (6.2 to 6.4) -----------------------------------------------------------------
    "factor-as-its-own-slope": ("In a product, the slope with respect to one factor is the other factor.", "6.2"),
    "bracket-forgotten": ("This is x₁ + x₂·x₃ − x₄. The brackets come first.", "6.2"),
    "bracket-elsewhere": ("The brackets stand elsewhere: this is not (x₁ + x₂)·x₃ − x₄.", "6.2"),
    "sum-in-part": ("The other factor is the whole sum x₁ + x₂, not one part of it.", "6.2"),
    "branch-forgotten": ("One way from the input to the result is not in the gradient. Follow every path.", "6.2"),
    "value-for-gradient": ("These are values of the forward pass. A gradient says how much the result moves when the input does.", "6.2"),
    "upstream-missing": ("The local slope stands alone. Multiply it by what comes from above: upstream × local = downstream.", "6.4"),
    "local-missing": ("The upstream gradient was passed on as it came. Multiply it by the local slope: upstream × local = downstream.", "6.4"),
    "added-not-multiplied": ("Upstream and local slope were added. Along a path slopes multiply; only the paths are added.", "6.4"),
    "overwritten": ("A node that is used twice hears from both uses, and its gradients add up: += where you have =.", "6.4"),
    "seed-missing": ("The result's own gradient is not 1. The backward pass starts there, with ∂(result)/∂(result) = 1, "
                     "and all others follow from it.", "6.4"),
    "reversed-result": ("The gradients are right, in reversed order. Entry k belongs to node k.", "6.4"),
    "starts-at-one": ("Every gradient starts at 1. Only the result's own does; all others start at 0 and grow by what they hear.", "6.4"),
    "root-skipped": ("Only the result has a gradient: its 1 was never handed on. On the way back it has the first turn.", "6.4"),
    "mean-of-uses": ("The contributions of a node's uses were averaged. They are added up.", "6.4"),
    "forward-mode": ("This is how each node moves with the first one: it was passed forward. Asked for is how the result moves with each node, "
                     "and that is passed back from the result.", "6.7"),
    "outside-variable": ("The result is that of an earlier call: the function reads a variable that another function has left outside of it. "
                         "Compute it inside, from the arguments.", "6.2"),
    "too-early": ("Nodes passed their gradients on before they had heard from everything that uses them, or only the result passed its own on. "
                  "Go from the result back to the inputs, through all of them. Does `return` stand inside the loop?", "6.4"),

    # --- local slopes (6.5) --------------------------------------------------------------------------
    "quotient-rule": ("The slope of x / y with respect to y is negative and has y² below: a larger divisor makes the quotient smaller.", "6.5"),
    "slope-of-constant": ("The exponent is a constant here. It has no slope, so only one entry is asked for: the slope by x.", "6.5"),
    "power-rule": ("The slope of xⁿ is n·xⁿ⁻¹: the exponent comes down, and is one smaller above.", "6.5"),
    "log-slope": ("The slope of ln x is 1/x.", "6.5"),
    "a-for-z": ("This slope is written with the result a = f(z): 1 − a² for tanh, a·(1 − a) for the sigmoid. You have put z in its place.", "6.5"),
    "square-of-a": ("In the slope of tanh, a is squared, and its square taken off 1: 1 − a². It is neither 1 − a nor (1 − a)².", "6.5"),
    "square-missing": ("A square is missing: the slope of tanh is 1/cosh² z, and that of the sigmoid has (1 + e⁻ᶻ)² below.", "6.5"),
    "tanh-twice": ("tanh was applied twice. With a = tanh z, a itself does not go through tanh once more.",),
    "function-for-slope": ("This is the function's value, not its slope.", "6.5"),
    "slope-of-other": ("This is the slope of another function. Which of tanh and sigmoid has 1 − a², and which a·(1 − a)?", "6.5"),
    "relu-everywhere-one": ("For a negative input ReLU is flat: its slope there is 0.", "6.5"),
    "relu-at-zero": ("At the kink, both 0 and 1 can be argued for. Here, as in PyTorch, the slope of ReLU at 0 is 0.", "6.5"),

    # --- a class of one's own (6.5) ------------------------------------------------------------------
    "no-edges": ("The result does not know its parents, so nothing flows back. Store parents and slopes in the new node.", "6.5"),
    "number-for-slope": ("A slope is a plain number. Keep the other factor's `.data`, not the other factor itself.", "6.5"),
    "stale-inner-gradients": ("On the second pass, the inner nodes still hold the gradients of the first and pass them down again. "
                              "They start each pass from 0; only leaves add up.", "6.5"),
    "leaves-reset": ("The second pass wiped the leaves' gradients. Leaves add up over passes until zero_grad() is called.", "6.5"),
    "changed-operand": ("The operation changed one of the numbers it was given. Leave them as they are, and make a new one.", "6.5"),

    # --- neurons and training (6.6) ------------------------------------------------------------------
    "bias-forgotten": ("The bias is missing: z = w·x + b.", "6.6"),
    "bias-each-time": ("The bias was added once for every input. It belongs to the sum, once.", "6.6"),
    "hard-coded-size": ("It works for one size only, that of the example. Sizes come with the arguments, as len(x) or x.shape, "
                        "and a loop goes over all that come.",),
    "other-activation": ("This is another activation function. Here it is tanh.", "6.6"),
    "bias-sign": ("The bias was subtracted. The neuron adds it: z = w·x + b.", "6.6"),
    "mean-for-sum": ("This is a mean over the inputs. A neuron adds them up.", "6.6"),
    "bias-outside": ("The bias was added after the tanh. It belongs to the pre-activation z.", "6.6"),
    "activation-forgotten": ("This is the pre-activation z. The neuron returns a = tanh(z).", "6.6"),
    "activation-inside": ("tanh was applied to each product. First add up to z, then apply it once.", "6.6"),
    "inputs-forgotten": ("The inputs play no part in the result: each weight is multiplied by its input.", "6.6"),
    "last-input-only": ("Only the last weight and input count. The sum goes over all of them.", "6.6"),
    "numpy-for-value": ("NumPy's functions know arrays, not Values. A Value has functions of its own: v.tanh(), v.exp(), v.log(), v.relu().", "6.6"),
    "whole-list": ("A whole list was handed over where one number belongs. Go through the examples one by one.", "6.6"),
    "detached": ("The number is right, but it is cut off from the graph: nothing flows back to the weights. "
                 "Compute with the Values themselves, not with their `.data`.", "6.6"),
    "step-twice": ("The step is twice too long. Did backward() run twice, or is there a 2 too many?", "6.6"),
    "parameters-cleared": ("The parameters themselves were set to 0. It is their gradients that start at 0 before a pass: p.grad = 0.0.", "6.6"),
    "stale-gradients": ("Gradients of an earlier pass were still there and were added to. Set them to 0 before the backward pass.", "6.6"),
    "ascent": ("The parameters went uphill. Gradient descent subtracts lr times the gradient.", "6.6"),
    "step-forgotten": ("The parameters did not move. Does the update change their `.data`, after the backward pass "
                       "and before gradients are cleared?", "6.6"),
    "value-in-data": ("A parameter's `.data` now holds a Value. It must stay a plain number: compute the step from `.data` and `.grad`.", "6.6"),
    "rate-forgotten": ("The step is the whole gradient. Multiply it by the learning rate.", "6.6"),
    "sum-for-mean": ("This is the sum over the examples. The mean divides by their number, and its gradient does too.", "6.6"),
    "half-loss": ("This has a factor ½. Here the loss is the mean of the squared errors, without it.", "6.6"),
    "loss-after-update": ("This is the loss after the update. Return the loss that the gradients were computed from.", "6.6"),
    "last-example": ("Only the last example counts. Loss and gradient are means over all of them: does each turn of a loop begin anew?", "6.6"),
    "gradient-of-sum": ("The loss is right, but the step is that of the sum: N times too long. What the backward pass starts from must be the mean.", "6.6"),
    "updated-per-example": ("The parameters moved after every example. Here one step uses the mean loss of all of them.", "6.6"),
    "square-of-mean": ("This is the square of the mean error. Square each error first, then take the mean: "
                       "otherwise errors of opposite sign cancel.", "6.6"),
    "not-squared": ("The errors were not squared: the loss is the mean of (prediction − target)².", "6.6"),
}
