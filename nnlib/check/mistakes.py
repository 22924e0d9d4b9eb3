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
    "changed-input": ("The function changed what it was given (a list, a dict or an array), and the caller's data with it. "
                      "`x += 1`, `x[i] = …` and `append` change in place. Work on a copy, or make a new one.",),
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
    "hard-coded-size": ("It works for one size only, that of the example. Sizes come with the arguments, as len(x) or x.shape, "
                        "and a loop goes over all that come.",),
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

    # --- arrays: patterns of diagnose_arrays.py and probes.py -----------------------------------------
    "list-for-array": ("A list stands where a NumPy array is needed. A list has no `.T` and no shape, and 2 * list repeats it; "
                       "np.array(…) makes an array of it.",),
    "one-array-many-names": ("All entries of the list are one and the same object: [x] * n makes n names for x. "
                             "Make a new one for each entry.",),
    "integer-array": ("The array holds whole numbers, so everything after the point was cut off. An array made with zeros_like, full or copy "
                      "takes over the type of its model; ask for floats.",),
    "integer-input": ("For floats it is right, for whole numbers it is not: an array of integers keeps its type when you copy it, "
                      "and cuts off what you write into it. Turn it into floats first.",),
    "float32": ("The numbers came in half the precision, float32. NumPy's own float64 is asked for here.",),
    "another-order": ("The arrays are right, but they come in another order than the docstring says.",),
    "wrong-variable": ("This is the gradient with respect to another variable, or has its shape. "
                       "A gradient has the shape of the thing it is taken by.",),
    "reversed-list": ("The list is right, back to front. A backward pass meets the last layer first, but the list begins with layer 1.",),
    "off-by-one-layer": ("The list is off by one layer: the right arrays, one place too early or too late, or one too many or too few. "
                         "A[0] is the input, and so layer ℓ reads A[ℓ−1].", "7.5"),
    "broadcast": ("NumPy paired every entry with every other: shapes (N, 1) and (N,), say, make (N, N) without a word. "
                  "Print the shapes of what you add, subtract or multiply, and make them equal.",),
    "extra-axis": ("The numbers may be right, but there is an axis of length 1 too many or too few. "
                   "keepdims=True keeps one, so does [:, None]; [:, 0] and ravel() drop it.",),
    "summed-all": ("Everything was added up to one number. To keep one number for each column, say along which axis to add.",),
    "wrong-axis": ("The sum goes along the wrong axis. axis=0 adds up the rows (over the examples) and leaves one number for each column; "
                   "axis=1 leaves one for each row.",),
    "shapes-in-product": ("Two matrices met whose inner sizes differ. Write the shape under each factor: a transpose is missing, "
                          "or one too many, or the factors stand the wrong way round.",),
    "shapes-in-sum": ("Two arrays met, entry by entry, whose shapes do not fit. Print both shapes. Is a transpose or a sum missing, "
                      "or `*` written for `@`?",),
    "index": ("An index lies outside of the array or list. Counting begins with 0 and ends at its length − 1.",),
    "array-in-if": ("An `if` asks one question, and an array has many answers. Compare entry by entry, with np.where, np.maximum or a mask.",),
    "one-number-function": ("A function that knows single numbers only, such as math.exp or float(…), was given an array. np.exp and its relatives take arrays.",),
    "rate-twice": ("The step is lr times too short: it was multiplied by the learning rate twice. Once belongs into the update, and nowhere else.", "7.6"),
    "factor-columns": ("It is off by the number of columns. A mean over all entries divides by rows · columns, a mean over the examples by the rows alone.",),
    "not-repeatable": ("The same call gave two different results. It depends on something beside its arguments: a global variable, "
                       "the global random numbers, or something kept from the last call.",),
    "first-row-only": ("This is the result for the first example alone. Does `return` stand inside the loop?",),
    "last-row-only": ("This is the result for the last example alone. Each turn of the loop overwrites the one before: += where you have =.",),
    "bias-unused": ("The result does not change when the biases do. They are part of it: Z = A Wᵀ + b.",),

    # --- tensors: the kind of thing that came (8.1) ------------------------------------------
    "tensor-for-number": ("A tensor came back where a plain Python number was asked for. `.item()` takes the number out of a tensor "
                          "with one entry.", "8.1"),
    "number-for-tensor": ("A plain number came back where a tensor was asked for. `.item()` and `float(…)` leave the graph; "
                          "the tensor itself stays in it.", "8.1"),
    "numpy-for-tensor": ("A NumPy array came back where a tensor was asked for.", "8.2"),
    "tensor-for-numpy": ("A tensor came back where a NumPy array was asked for. First cut it from its graph, then turn it into an array.", "8.2"),
    "list-for-tensor": ("A list or a tuple came back where one tensor was asked for.", "8.1"),
    "tensor-for-tuple": ("One tensor came back where several results were asked for, in a tuple or a list.", "8.1"),
    "other-float": ("The numbers have another precision: float32 is what PyTorch makes when nobody says otherwise, "
                    "float64 is what NumPy makes. Keep the dtype that came in.", "8.1"),
    "other-device": ("Tensors on different devices were combined, or the result is on another one. All that meet in an operation must be on the same device.", "8.4"),
    "graph-kept": ("The result is still part of a graph: it can be differentiated again, and keeps everything it was computed from "
                   "in memory. What is finished should be cut off from its graph.", "8.1"),
    "graph-lost": ("The result is cut off from its graph, so nothing flows back through it. `.detach()`, `.item()`, `.numpy()` and "
                   "torch.tensor(…) all cut.", "8.1"),
    "axes-permuted": ("The numbers are right, and the axes stand in another order. Compare the shape that came with the one asked for, "
                      "axis by axis, by their names.", "8.3"),

    # --- what torch's own errors mean (8.1 to 8.4) ------------------------------------------
    "nothing-to-differentiate": ("backward() found no graph: nothing was recorded on the way to this number. Either no input has "
                                 "`requires_grad`, or the way was cut (detach, item, numpy, torch.tensor, no_grad).", "8.1"),
    "not-a-scalar-loss": ("backward() starts from one number. This tensor has several: a mean or a sum over them makes one.", "8.1"),
    "graph-used-up": ("The graph was walked backwards twice; after the first time PyTorch frees it. Compute the forward pass anew.", "8.1"),
    "numpy-in-the-graph": ("NumPy cannot record gradients, so PyTorch refuses to hand over a tensor that wants one. Inside a network, "
                           "compute with tensors; outside, detach first.", "8.2"),
    "leaf-in-place": ("A parameter was changed while PyTorch was recording. Such changes belong under torch.no_grad().", "8.2"),
    "saved-then-changed": ("A tensor that the way back needs was changed in place after the forward pass. Compute a new one instead.", "8.1"),
    "unused-input": ("The function does not depend on one of its inputs. Its gradient there is 0, a tensor of zeros in the input's "
                     "shape; PyTorch itself gives None, or an error.", "8.1"),
    "gradient-for-each-input": ("backward must return one thing for each argument of forward after ctx, constants too: None stands for them.", "8.1"),
    "gradient-of-a-constant": ("backward returned a gradient for something that is no tensor. None belongs in its place.", "8.1"),
    "number-saved-as-tensor": ("save_for_backward takes tensors only. A plain number is kept as an attribute of ctx.", "8.1"),
    "mixed-floats": ("float32 met float64, and PyTorch does not convert by itself. Give the layers the dtype of the data.", "8.2"),
    "shapes-do-not-multiply": ("In a product of matrices the inner lengths must agree: (N, in) times (in, out). With weights of shape (out, in) "
                               "that takes a transpose, or Linear does it for you.", "8.2"),
    "shapes-do-not-broadcast": ("Two shapes do not fit: lined up from the right, two lengths must be equal, or one of them 1. "
                                "Write both shapes down, one above the other.", "8.3"),

    # --- gradients by autograd (8.1) ---------------------------------------------------------
    "finite-differences": ("Nearly right: this is a difference quotient, with its rounding error. Autograd computes the gradient itself.", "8.1"),
    "gradient-missing": ("A gradient is missing, or is None. One is asked for by every input, in their order.", "8.1"),
    "caller-changed": ("The caller's own tensor has changed: its `requires_grad` was switched, or its `.grad` was filled or cleared. Work on leaves of your own, "
                       "detached and cloned.", "8.1"),
    "not-a-leaf": ("Gradients are kept in leaves only, and a clone of a tensor that wants a gradient is no leaf: it hangs on the "
                   "original. Detach it first.", "8.1"),
    "power-of-product": ("This is (x y)ⁿ. Only y is raised to the power: x yⁿ.", "8.1"),
    "power-for-factor": ("This is x y n. n is the exponent of y.", "8.1"),
    "gradients-exchanged": ("The two gradients stand in each other's place. backward returns them in the order of forward's arguments.", "8.1"),
    "upstream-summed": ("The upstream gradient was summed up. Each entry of the result hands its own upstream gradient back to its own inputs.", "8.1"),
    "divided-by-zero": ("NaN came out where an input is 0. The slope by one factor can be had from the others, without dividing the result by it.", "8.1"),
    "gradient-nobody-wants": ("A gradient was computed for an input that needs none. ctx.needs_input_grad says which are wanted; None stands for the others.", "8.1"),
    "saved-on-ctx": ("A saved tensor was changed before the way back, and nobody noticed: the gradient is wrong without a word. "
                     "save_for_backward keeps watch; a plain attribute does not.", "8.1"),

    # --- NumPy and PyTorch (8.2) ---------------------------------------------------------------
    "relu-after-the-last": ("There is a ReLU after the last layer, too. Scores may be negative: the last layer stays linear.", "8.2"),
    "relu-missing": ("There is no ReLU between the layers. Without it, the layers collapse into a single linear map.", "8.2"),
    "weights-transposed": ("The weights are transposed. Both sides keep (out, in); Linear(n_in, n_out) takes its sizes the other way round.", "8.2"),
    "float32-network": ("The network has float32 numbers, half of the digits that NumPy's arrays have. Tell the layers their dtype.", "8.2"),
    "frozen-parameters": ("A parameter no longer wants a gradient, so training would not move it.", "8.2"),
    "no-parameters": ("The network has no parameters: its weights are plain tensors, which no optimizer would find. A layer's weight must stay a Parameter.", "8.2"),
    "bias-not-copied": ("The biases are not those of the arrays.", "8.2"),
    "weights-not-copied": ("The layers have the right form, but their weights are not those of the arrays: a new Linear has random ones.", "8.2"),
    "lists-interleaved": ("Weights and biases are mixed. Two lists are asked for: all weights, and all biases.", "8.2"),
    "shared-memory": ("Array and tensor share their memory: changing one changes the other. torch.from_numpy and .numpy() share; "
                      "copying the numbers does not.", "8.2"),
    "hard-coded-depth": ("It works for one number of layers only. Go through all that come.", "8.2"),

    # --- a step of training (8.2) ----------------------------------------------------------------
    "no-step": ("The parameters did not move. Is there an optimizer step, after the backward pass and before the gradients are cleared?", "8.2"),
    "stepped-twice": ("The parameters moved twice as far as they should, or further. One step a call, and one backward pass.", "8.2"),
    "gradients-not-cleared": ("Gradients of an earlier step were still there, and the new ones were added to them. Clear them before the backward pass.", "8.2"),
    "step-before-backward": ("The optimizer took its step before the backward pass, so it used the gradients of an earlier one.", "8.2"),
    "optimizer-bypassed": ("The parameters did not move as this optimizer moves them. It has a learning rate, and perhaps a momentum, of its own: "
                           "let it take the step, and make no other.", "8.2"),
    "eval-while-training": ("The model was in eval mode during a training step. Dropout and batch norm then do something else.", "8.2"),
    "loss-arguments-exchanged": ("Prediction and target changed places in the loss. The prediction comes first; not every loss is symmetric.", "8.2"),
    "own-loss": ("This is the mean squared error, whatever loss was passed in. Call the function that came as an argument.", "8.2"),

    # --- axes, broadcasting, loops (8.3) -----------------------------------------------------------
    "python-loop": ("The number of operations grows with the data: a loop goes through it in Python. One operation on the whole tensor does the same "
                    "in one launch.", "8.3"),
    "sum-over-wrong-axis": ("The sum runs over the wrong axis. Name the axes: which one is to disappear?", "8.3"),
    "softmax-axis": ("The softmax runs along the wrong axis. The weights of one sentence's words add up to 1: sum them and see which axis does.", "8.3"),
    "softmax-of-everything": ("The softmax runs over the whole batch at once. Each sentence has weights of its own, which add up to 1.", "8.3"),
    "softmax-before-sum": ("The softmax was taken before the products were summed up. First one score for each word, then the softmax over the words.", "8.3"),
    "softmax-forgotten": ("These are the scores. The weights are their softmax.", "8.3"),
    "softmax-overflow": ("NaN came out of large scores: an exponential overflowed. Subtract the largest score first, or use PyTorch's softmax, which does.", "8.3"),
    "all-queries": ("Every sentence was asked every question. Sentence n has only its own query, q[:, n].", "8.3"),
    "scale-forgotten": ("The scores were not divided by √d.", "8.3"),
    "scale-of-other-axis": ("The scores were divided by something else than √d. d is the number of entries of a word's vector.", "8.3"),
    "broadcast-trap": ("The difference of (N, 1) and (N,) is (N, N): every prediction met every target, without a word. Give both the same shape before they meet.", "8.3"),
    "single-errors": ("These are the single errors. The loss is their mean, one number.", "8.3"),
    "root-taken": ("A square root was taken. The squared quantity itself is asked for.", "8.3"),
    "shapes-unchecked": ("No error was raised although the shapes do not fit. An axis of length 1 was stretched silently: compare the shapes first.", "8.3"),
    "other-distance": ("This is another distance: the sum of |a − b|, or a mean in place of a sum.", "8.3"),
    "sum-forgotten": ("These are the single squares. Sum them over the last axis.", "8.3"),
    "rows-with-rows": ("Row i met only row i. Every row of A is to meet every row of B.", "8.3"),

    # --- measuring (8.4) ---------------------------------------------------------------------------
    "mean-of-batch-means": ("This is the mean of the batches' accuracies. A small batch must not count as much as a large one: count the right ones, "
                            "and divide once at the end.", "8.4"),
    "count-for-share": ("This is the number of right answers. The accuracy is their share.", "8.4"),
    "first-batch": ("Only the first batch counts. Does the function return inside of its loop?", "8.4"),
    "last-batch": ("Only the last batch counts. Is a sum overwritten in the loop?", "8.4"),
    "percent": ("This is in per cent. A share lies between 0 and 1.", "8.4"),
    "divided-by-batches": ("The number of right answers was divided by the number of batches. Divide by the number of examples.", "8.4"),
    "errors-for-hits": ("This is the share of wrong answers.", "8.4"),
    "argmax-axis": ("The shapes of answers and targets do not fit: the highest score is looked for along the wrong axis. Each row is one example.", "8.4"),
    "train-while-measuring": ("The model was in training mode while it was measured. Dropout then drops units at random.", "8.4"),
    "graph-recorded": ("A graph was recorded for every batch, though nobody will call backward. Measure under torch.no_grad().", "8.4"),
    "mode-not-restored": ("The model came back in another mode than it was given. Note `training` before, and put it back after.", "8.4"),
    "grad-left-off": ("Recording is still switched off after the call, for the whole notebook. Use no_grad as a `with` block.", "8.4"),
    "batches-once": ("The batches have no length and no index: they can only be gone through, once. Count the examples on the way.", "8.4"),
    "batch-left-behind": ("The inputs or the targets did not go to the model's device. Both must be where its parameters are.", "8.4"),
    "one-not-moved": ("Some parameters took their step, and others came back as they went in. Is an update missing, or its gradient 0?", "7.6"),
    "step-missing": ("The parameters that came back are those that went in. Does the update reach what is returned?", "7.6"),
    "transposed-factor": ("The right two matrices, but another product of them: one is transposed that should not be, or is not, "
                          "or they stand the wrong way round. Which index has to be added up?", "7.4"),

    # --- backpropagation (7.1 to 7.5) ------------------------------------------------------------
    "activation-missing": ("The activation is missing: a = max(0, z) turns the −1 into 0.", "7.2"),
    "z-in-the-gradient": ("What a weight of the second layer multiplies is the activation a, not the pre-activation z.", "7.2"),
    "weight-missing": ("On the way from the prediction to the hidden neuron lies the second layer's weight. It is missing as a factor.", "7.2"),
    "input-missing": ("The last factor is missing: the first layer's weight moves z by x.", "7.2"),
    "error-missing": ("The gradient does not depend on how wrong the prediction was. It begins with ∂L/∂ŷ = 2(ŷ − y).", "7.2"),
    "tanh-slope-missing": ("The way through the tanh is missing: its slope, 1 − a², is a factor of every hidden neuron's delta.", "7.4"),
    "loops-too-slow": ("Too slow for so many examples: a loop in Python visits every term by itself. A matrix product adds them up all at once.", "7.3"),
    "relu-by-upstream": ("Whether a ReLU is on is a question to z, not to the gradient that comes from above.", "7.4"),
    "mean-forgotten": ("The loss is a mean over all entries, so every entry of its gradient is divided by their number.", "7.4"),
    "loss-for-gradient": ("This is the loss itself, one number. Asked for is its slope by every prediction.", "7.4"),
    "error-squared": ("The errors came squared. The square belongs to the loss; its slope has the error itself.", "7.4"),
    "exponential-too-large": ("At z = ±1000 an exponential overflowed, and ∞/∞ or 0·∞ is nan. Arrange the formula so that only exponentials of negative numbers occur.", "7.4"),
    "product-unused": ("Some matrix products were made without `product`, so they were not counted. Pass every one through it.", "7.5"),
    "product-too-many": ("One product too many. Nobody trains the input: below the first layer no delta is needed.", "7.5"),
    "products-quadratic": ("Far more products than 2L − 1: deltas that were known already are computed again for every layer. Keep each, and make the next from it.", "7.5"),
    "delta-one-layer": ("Every layer was given the delta of the last one. Each needs its own, made from the one above it.", "7.5"),
    "slope-twice": ("delta is ∂L/∂Z of the last layer: the way through its tanh is in it already, and was gone a second time.", "7.5"),
    "weights-one-layer-off": ("The weights of another layer were taken. δ[ℓ] goes down through W[ℓ], and `Ws` counts from 0: W[ℓ] is Ws[ℓ − 1].", "7.5"),
    "transposed-on-the-way": ("On the way down it is δ W, without a transpose. Where the weights are square, the shapes do not tell.", "7.5"),
    "slope-one-layer-off": ("The tanh slope of another layer was taken. δ[ℓ−1] belongs to Z[ℓ−1], so its slope is 1 − A[ℓ−1]².", "7.5"),

    # --- the training loop (7.6) ---------------------------------------------------------------------
    "pairs-broken": ("Examples and targets no longer belong together. Pick the rows of X and of y by the same numbers.", "7.6"),
    "with-replacement": ("In one epoch an example comes twice, and another not at all. An epoch is a permutation: each example once.", "7.6"),
    "not-shuffled": ("The examples come in the order in which they were given. Shuffle them at the start of each epoch.", "7.6"),
    "same-order": ("Every epoch has the same order. Draw a new permutation at the start of each, inside the loop over epochs.", "7.6"),
    "one-epoch": ("It stops after one epoch. Does the loop over the epochs go round, or does a `return` stand inside of it?", "7.6"),
    "last-batch-dropped": ("The examples that do not fill a whole batch were left out. The last batch is smaller, but it counts.", "7.6"),
    "whole-batch": ("All examples come in one batch. Cut the order into pieces of batch_size.", "7.6"),
    "single-examples": ("The examples come one by one. A batch holds batch_size of them.", "7.6"),
    "batch-sizes": ("The batches do not have the sizes that were asked for. Begin at 0, batch_size, 2·batch_size, … and take as many each time.", "7.6"),
    "not-a-mean": ("The losses of the batches were added up, but not turned into a mean over the examples.", "7.6"),
    "history-forgotten": ("The losses should come as a list, one number for each epoch.", "7.6"),
    "mean-of-batches": ("This is the mean over the batches. A smaller last batch then counts too much: weigh each batch by its number of examples.", "7.6"),
    "loss-of-each-batch": ("There is one loss for each batch. Asked for is one for each epoch, the mean over its examples.", "7.6"),
    "last-batch-loss": ("The loss of an epoch is that of its last batch only. Take the mean over all its examples.", "7.6"),
    "total-not-reset": ("The sum of the losses goes on from epoch to epoch. It starts at 0 in each.", "7.6"),
    "step-per-epoch": ("The parameters took one step an epoch. They take one after every mini-batch.", "7.6"),
    "global-random": ("The same generator gave two different results: some random numbers came from elsewhere, such as np.random.shuffle. Draw them all from `rng`.", "7.6"),
    "old-parameters": ("The gradient was asked at the old parameters all the time. Each batch asks at those that the last step has made.", "7.6"),

    # --- semicircle and parabola (7.8) -------------------------------------------------------------------
    "error-sign": ("The arrows point backwards. An error is the prediction minus the target, g(x) − y.", "7.8"),
    "target-forgotten": ("These are the predictions. An error is the prediction minus the target.", "7.8"),
    "norm-not-squared": ("The point lies too far out or too near: w/‖w‖ is the direction and −b/‖w‖ the distance, so ‖w‖ divides twice, as ‖w‖².", "7.8"),
    "norm-missing": ("The direction is right, the distance is not: −b·w still has to be divided by ‖w‖².", "7.8"),
    "norm-of-all": ("One norm was taken of the whole array. Take one for each row, or for each entry, as the formula says.",),
    "updated-too-early": ("A weight was changed before the gradients of the layer below were computed from it. First all gradients, then all updates.", "7.8"),
    "loss-stays-high": ("After 500 steps the network has not learnt the parabola: the loss should be below 0.001. Compare one step with the test above.", "7.8"),

    # --- the gradient check (7.9) ----------------------------------------------------------------------------
    "one-sided": ("This is the one-sided difference, whose error is about as large as h. Step to both sides, and divide by 2h.", "7.9"),
    "h-missing": ("This is the difference of two values of f. A slope is that, divided by the distance of the two points, 2h.", "7.9"),
    "all-moved-at-once": ("All entries were moved at once. That gives the sum of all slopes; move one, and leave the others where they are.", "7.9"),
    "moves-add-up": ("The gradient is a little off: an entry that was moved did not go back before the next one moved. Start each time from a fresh copy of x.", "7.9"),
    "step-ignored": ("The function uses a step of its own in place of the argument h.", "7.9"),
    "absolute-error": ("This is the absolute difference. Divide it by the size of what is compared: 1e-9 is much for a gradient of 2e-9.", "7.9"),
    "one-denominator": ("The difference was divided by one of the two arrays. Divide by the larger of |a| and |b|, so that neither is favoured.", "7.9"),
    "sum-in-the-denominator": ("The difference was divided by |a| + |b|. Asked for is the larger of the two.", "7.9"),
    "not-the-largest": ("This is a mean, or the smallest, or another entry's error. One wrong entry is enough: return the largest.", "7.9"),
    "zero-over-zero": ("0/0 gave nan. Where both entries are 0 they agree, and count 0.", "7.9"),
    "epsilon-too-large": ("The number added to the denominator is not small beside small gradients, and hides their errors. Treat only an exact 0 apart.", "7.9"),
    "sign-lost": ("Without absolute values, an entry that is too small makes a negative error, and the largest of those overlooks it.", "7.9"),
    "signed-denominator": ("The denominator can be negative. Take the absolute values before the larger one is taken.", "7.9"),
    "other-words": ("The verdicts are the three strings “right”, “look again” and “wrong”, spelt just so.", "7.9"),
    "verdict-limits": ("A limit is off. Up to 1e-7 is right, above 1e-2 is wrong; the limits themselves belong to the better side.", "7.9"),
    "nan-passes": ("An error of nan got through. Every comparison with nan is False, so ask what is right, and let `else` be wrong.", "7.9"),
}.items()}
