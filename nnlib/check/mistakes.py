"""Every mistake that a check can name: name -> (what a tutor would say, section of the book).

To add one: a row here, and either a test cell that says which value the mistake
gives, `.gives(expected, mistakes={"name": value})`, or a pattern in diagnose.py.
A message says what probably happened and what to look at. It never gives the code.
"""

from typing import NamedTuple


class Mistake(NamedTuple):
    message: str
    section: str = ""  # "6.4"; "" where the book has no better explanation than the message


MISTAKES = {name: Mistake(*row) for name, row in {
    # --- the form of the answer -------------------------------------------------
    "not-written": ("The cell still raises NotImplementedError. Put your own code in place of that line.",),
    "not-returned": ("The function returned None. Does every way through it end in `return …`?",),
    "printed": ("The function printed its result and returned None. Printing shows a number to you; "
                "`return` hands it to the caller.",),
    "returned-string": ("A string came back. A number in quotes, or in an f-string, is text; return the number itself.",),
    "returned-value": ("A Value came back where its number was asked for. Return its `.data` (or its `.grad`).",),
    "not-called": ("A function or a class came back, not a result. Are its brackets `()` missing?",),
    "lazy": ("An iterator came back: it produces its entries later, and only once. Wrap it in list(…) or tuple(…).",),
    "not-a-tuple": ("One number came where a tuple was asked for. A tuple with one entry is written with a comma: (3.0,).",),
    "array-for-list": ("A NumPy array came where a tuple or a list was asked for. Both can be made from it: tuple(…), or `.tolist()`.",),
    "array-of-one": ("An array came back where one number was asked for. Take its only entry, for instance with `.item()`.",),
    "signature": ("The tests call it with other arguments than it takes. Leave the first line of the definition, "
                  "`def …(…):`, as it was given.",),
    "not-a-function": ("The name now holds something that cannot be called. Was it assigned again in a later cell? "
                       "Run the cell with the definition once more.",),
    "unknown-name": ("A name is used that does not exist at that point. A typing error, a missing import, "
                     "or a cell above that has not been run?",),
    "plain-number": ("A plain number stands where a Value is needed. `math.tanh(v)`, `float(v)` and `v.data` leave the graph; "
                     "`v.tanh()` stays in it.",),
    "none-used": ("Something is None where a number or an object was needed. Often a function above it does not return its result.",),
    "changed-input": ("The function changed the list or dict it was given, and the caller's data with it. "
                      "Work on a copy, or on a new one.",),
    "endless": ("It did not finish in the given time. Does every loop come closer to its end? Is the same work done again and again?",),
    "exit": ("The code ended the program (`exit()` or `quit()`). Use `return` to leave a function.",),
    "asks-for-input": ("The code calls input(), and in a test nobody types. What a function needs comes in by its arguments.",),
    "example-only": ("The same answer came for other inputs. Does it use its arguments?",),

    # --- numbers ----------------------------------------------------------------
    "sign": ("The size is right and the sign is not.",),
    "factor-2": ("It is off by a factor of 2. A square whose 2 was forgotten, or a ½ that does not belong there?",),
    "factor-n": ("It is off by the number of entries. A sum where a mean was asked for, or the other way round?",),
    "offset": ("All wrong entries are off by the same amount. A bias too many, or one too few?",),
    "swapped": ("All the numbers are there, but in other places. Look at the order.",),
    "transposed": ("Rows and columns are exchanged. Is a transpose missing, or one too many?",),
    "not-finite": ("Infinity or NaN came out. Look for a division by zero, a logarithm of zero, or an exponential that is too large.",),
    "rounded-down": ("The digits after the point are lost. `//` and int(…) round; `/` does not.",),
    "all-zero": ("Every number is 0. Was the quantity computed at all, or read before it was computed?",),
    "rounded": ("Right to a few digits only. Return the number as it is, without round(…).",),
    "division-by-zero": ("Something was divided by zero. Which denominator can be 0 for these inputs?",),
    "domain": ("A function was given a number for which it is not defined, such as the logarithm of 0.",),
    "overflow": ("A number became too large for a float. Exponentials beyond exp(709) do that.",),

    # --- order of a graph (6.1) ---------------------------------------------------
    "recursion": ("The function calls itself once for every step down the graph, and Python stops such a chain at about 1000. "
                  "Keep a list of open nodes (a stack) instead.", "6.1"),
    "child-first": ("A node stands before one of its parents: when its turn comes, what it is computed from is not there yet.", "6.1"),
    "reversed-order": ("This is the order of the backward pass. The forward order has parents first.", "6.1"),
    "node-twice": ("A node appears more than once. It is reached along several paths, but it is computed once: mark what has been seen.", "6.1"),
    "node-missing": ("Not every node that the result depends on is in the list. Do leaves and the root get their turn too?", "6.1"),
    "node-too-many": ("A node is in the list on which the result does not depend. Start from the root and follow the parents only.", "6.1"),
    "visited-again": ("The time grows with the number of paths, not of nodes: 60 diamonds in a row have 2⁶⁰ paths. "
                      "Check whether a node was seen before you follow its parents.", "6.1"),
    "slow-search": ("The work grows faster than the graph. Looking a node up in a list walks along the list; a set finds it at once.", "6.1"),

    # --- the chain rule (6.2 to 6.4) ----------------------------------------------
    "factor-as-its-own-slope": ("In a product, the slope with respect to one factor is the other factor.", "6.2"),
    "bracket-forgotten": ("This is x₁ + x₂·x₃ − x₄. The brackets come first.", "6.2"),
    "branch-forgotten": ("One way from the input to the result is not in the gradient. Follow every path.", "6.2"),
    "value-for-gradient": ("These are values of the forward pass. A gradient says how much the result moves when the input does.", "6.2"),
    "upstream-missing": ("The local slope stands alone. Multiply it by what comes from above: upstream × local = downstream.", "6.4"),
    "local-missing": ("The upstream gradient was passed on as it came. Multiply it by the local slope: upstream × local = downstream.", "6.4"),
    "added-not-multiplied": ("Upstream and local slope were added. Along a path slopes multiply; only the paths are added.", "6.4"),
    "overwritten": ("A node that is used twice hears from both uses, and its gradients add up: += where you have =.", "6.4"),
    "seed-missing": ("The backward pass starts with ∂(result)/∂(result) = 1. Without it, every gradient stays 0.", "6.4"),
    "reversed-result": ("The gradients are right, in reversed order. Entry k belongs to node k.", "6.4"),
    "too-early": ("A node passed its gradient on before it had heard from everything that uses it. "
                  "Go through the nodes from the result back to the inputs.", "6.4"),

    # --- local slopes (6.5) ---------------------------------------------------------
    "quotient-rule": ("The slope of x / y with respect to y is negative and has y² below: a larger divisor makes the quotient smaller.", "6.5"),
    "power-rule": ("The slope of xⁿ is n·xⁿ⁻¹: the exponent comes down, and is one smaller above.", "6.5"),
    "log-slope": ("The slope of ln x is 1/x.", "6.5"),
    "a-for-z": ("This slope is written with the result a = f(z): 1 − a² for tanh, a·(1 − a) for the sigmoid. You have put z in its place.", "6.5"),
    "function-for-slope": ("This is the function's value, not its slope.", "6.5"),
    "slope-of-other": ("This is the slope of another function. Which of tanh and sigmoid has 1 − a², and which a·(1 − a)?", "6.5"),
    "relu-everywhere-one": ("For a negative input ReLU is flat: its slope there is 0.", "6.5"),

    "relu-at-zero": ("At the kink, both 0 and 1 can be argued for. Here, as in PyTorch, the slope of ReLU at 0 is 0.", "6.5"),

    # --- a class of one's own (6.5) -----------------------------------------------------
    "no-edges": ("The result does not know its parents, so nothing flows back. Store parents and slopes in the new node.", "6.5"),
    "stale-inner-gradients": ("On the second pass, the inner nodes still hold the gradients of the first and pass them down again. "
                              "They start each pass from 0; only leaves add up.", "6.5"),
    "leaves-reset": ("The second pass wiped the leaves' gradients. Leaves add up over passes until zero_grad() is called.", "6.5"),
    "changed-operand": ("The operation changed one of the numbers it was given. Leave them as they are, and make a new one.", "6.5"),

    # --- neurons and training (6.6) -------------------------------------------------------
    "bias-forgotten": ("The bias is missing: z = w·x + b.", "6.6"),
    "bias-each-time": ("The bias was added once for every input. It belongs to the sum, once.", "6.6"),
    "hard-coded-size": ("It works for one number of inputs only. Let the loop go over all that come.", "6.6"),
    "other-activation": ("This is another activation function. The neuron here uses tanh.", "6.6"),
    "activation-forgotten": ("This is the pre-activation z. The neuron returns a = tanh(z).", "6.6"),
    "activation-inside": ("tanh was applied to each product. First add up to z, then apply it once.", "6.6"),
    "inputs-forgotten": ("The inputs play no part in the result: each weight is multiplied by its input.", "6.6"),
    "last-input-only": ("Only the last weight and input count. The sum goes over all of them.", "6.6"),
    "detached": ("The number is right, but it is cut off from the graph: nothing flows back to the weights. "
                 "Compute with the Values themselves, not with their `.data`.", "6.6"),
    "stale-gradients": ("Gradients of an earlier pass were still there and were added to. Set them to 0 before the backward pass.", "6.6"),
    "ascent": ("The parameters went uphill. Gradient descent subtracts lr times the gradient.", "6.6"),
    "step-forgotten": ("The parameters did not move. Does the update change their `.data`, after the backward pass "
                       "and before gradients are cleared?", "6.6"),
    "value-in-data": ("A parameter's `.data` now holds a Value. It must stay a plain number: compute the step from `.data` and `.grad`.", "6.6"),
    "rate-forgotten": ("The step is the whole gradient. Multiply it by the learning rate.", "6.6"),
    "sum-for-mean": ("This is the sum over the examples. The mean divides by their number, and its gradient does too.", "6.6"),
    "half-loss": ("This has a factor ½. Here the loss is the mean of the squared errors, without it.", "6.6"),
    "loss-after-update": ("This is the loss after the update. Return the loss that the gradients were computed from.", "6.6"),
    "last-example": ("Only the last example counts. The loss is the mean over all of them.", "6.6"),
    "updated-per-example": ("The parameters moved after every example. Here one step uses the mean loss of all of them.", "6.6"),
    "not-squared": ("The errors were not squared: the loss is the mean of (prediction − target)².", "6.6"),
}.items()}
