"""Mistakes with PyTorch, batches and the GPU."""

ROWS = {
    # --- tensors: the kind of thing that came (8.1) --------------------------------------------------
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

    # --- what torch's own errors mean (8.1 to 8.4) ---------------------------------------------------
    "nothing-to-differentiate": ("backward() found no graph: nothing was recorded on the way to this number. Either no input has "
                                 "`requires_grad`, or the way was cut (detach, item, numpy, torch.tensor, no_grad).", "8.1"),
    "not-unpacked": ("Is f called with its tensors one by one, f(*leaves)? Without the star, a list of them is a single argument.", "8.1"),
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
    "gradient-shape": ("backward returned a gradient of another shape than the argument it belongs to. A gradient has the shape of what it is taken by.", "8.1"),
    "not-a-layer": ("Sequential takes layers, each an argument of its own. A list of them is taken apart with a star, and a function such as torch.relu has a layer "
                    "that stands for it.", "8.2"),
    "parameter-replaced": ("A plain tensor cannot take the place of a Parameter. Copy its numbers into the old one, or make it a Parameter first.", "8.2"),
    "layer-without-weights": ("Not every layer has weights: an activation has none. Pick the Linear ones.", "8.2"),
    "device-of-a-model": ("A tensor has a device; a model or a list has none. A model is where its parameters are: ask one of them.", "8.4"),
    "number-for-torch": ("PyTorch's functions take tensors, and a plain number came. For numbers there is the module math.", "8.1"),
    "number-saved-as-tensor": ("save_for_backward takes tensors only. A plain number is kept as an attribute of ctx.", "8.1"),
    "mixed-floats": ("float32 met float64, and PyTorch does not convert by itself. Give the layers the dtype of the data.", "8.2"),
    "shapes-do-not-multiply": ("In a product of matrices the inner lengths must agree: (N, in) times (in, out). With weights of shape (out, in) "
                               "that takes a transpose, or Linear does it for you.", "8.2"),
    "shapes-do-not-broadcast": ("Two shapes do not fit: lined up from the right, two lengths must be equal, or one of them 1. "
                                "Write both shapes down, one above the other.", "8.3"),

    # --- gradients by autograd (8.1) -----------------------------------------------------------------
    "finite-differences": ("Nearly right: this is a difference quotient, with its rounding error. Autograd computes the gradient itself.", "8.1"),
    "gradient-missing": ("A gradient is missing, or is None. One is asked for by every input, in their order.", "8.1"),
    "caller-changed": ("The caller's own tensors have changed, an input or what it was computed from: `requires_grad` was switched, or a `.grad` was filled or cleared. "
                       "Work on leaves of your own, detached and cloned.", "8.1"),
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

    # --- NumPy and PyTorch (8.2) ---------------------------------------------------------------------
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

    # --- a step of training (8.2) --------------------------------------------------------------------
    "no-step": ("The parameters did not move. Is there an optimizer step, after the backward pass and before the gradients are cleared?", "8.2"),
    "stepped-twice": ("The parameters moved twice as far as they should, or further. One step a call, and one backward pass.", "8.2"),
    "gradients-not-cleared": ("Gradients of an earlier step were still there, and the new ones were added to them. Clear them before the backward pass.", "8.2"),
    "step-before-backward": ("The optimizer took its step before the backward pass, so it used the gradients of an earlier one.", "8.2"),
    "optimizer-bypassed": ("The parameters did not move as this optimizer moves them. It has a learning rate, and perhaps a momentum, of its own: "
                           "let it take the step, and make no other.", "8.2"),
    "eval-while-training": ("The model was in eval mode during a training step. Dropout and batch norm then do something else.", "8.2"),
    "loss-arguments-exchanged": ("Prediction and target changed places in the loss. The prediction comes first; not every loss is symmetric.", "8.2"),
    "own-loss": ("This is the mean squared error, whatever loss was passed in. Call the function that came as an argument.", "8.2"),

    # --- axes, broadcasting, loops (8.3) -------------------------------------------------------------
    "python-loop": ("The number of operations grows with the data: a loop goes through it in Python. One operation on the whole tensor does the same "
                    "in one launch.", "8.3"),
    "reshaped-axes": ("The numbers were dealt out anew: `reshape` reads them in the order in which they lie, so that words and features got mixed. "
                      "To exchange axes, take `permute` or `transpose`.", "8.3"),
    "sum-over-wrong-axis": ("The sum runs over the wrong axis. Name the axes: which one is to disappear?", "8.3"),
    "softmax-axis": ("The softmax runs along the wrong axis. The weights of one sentence's words add up to 1: sum them and see which axis does.", "8.3"),
    "softmax-of-everything": ("The softmax runs over the whole batch at once. Each sentence has weights of its own, which add up to 1.", "8.3"),
    "softmax-before-sum": ("The softmax was taken before the products were summed up. First one score for each word, then the softmax over the words.", "8.3"),
    "logarithm-returned": ("These are the logarithms of the weights, all below 0. The weights themselves lie between 0 and 1.", "8.3"),
    "context-returned": ("These are the words, added up with their weights. Asked for are the weights.", "8.3"),
    "softmax-forgotten": ("These are the scores. The weights are their softmax.", "8.3"),
    "softmax-overflow": ("NaN came out of large scores: an exponential overflowed. Subtract the largest score first, or use PyTorch's softmax, which does.", "8.5"),
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

    # --- measuring (8.4) -----------------------------------------------------------------------------
    "mean-of-batch-means": ("This is the mean of the batches' accuracies. A small batch must not count as much as a large one: count the right ones, "
                            "and divide once at the end.", "8.4"),
    "count-for-share": ("This is the number of right answers. The accuracy is their share.", "8.4"),
    "first-batch": ("Only the first batch counts. Does the function return inside of its loop?", "8.4"),
    "last-batch": ("Only the last batch counts. Is a sum overwritten in the loop?", "8.4"),
    "percent": ("This is in per cent. A share lies between 0 and 1.", "8.4"),
    "divided-by-batches": ("The number of right answers was divided by the number of batches. Divide by the number of examples.", "8.4"),
    "errors-for-hits": ("This is the share of wrong answers.", "8.4"),
    "argmax-axis": ("The shapes of answers and targets do not fit. Each row is one example, and its answer the index of its highest score: is that looked for, "
                    "and along the right axis?", "8.4"),
    "argmax-of-all": ("One highest score was looked for in the whole batch. Each row is one example and has its own.", "8.4"),
    "train-while-measuring": ("The model was in training mode while it was measured. Dropout then drops units at random.", "8.4"),
    "graph-recorded": ("A graph was recorded for every batch, though nobody will call backward. Measure under torch.no_grad().", "8.4"),
    "mode-not-restored": ("The model came back in another mode than it was given. Note `training` before, and put it back after.", "8.4"),
    "grad-left-off": ("Recording is still switched off after the call, for the whole notebook. Use no_grad as a `with` block.", "8.4"),
    "batches-once": ("The batches have no length and no index: they can only be gone through, once. Count the examples on the way.", "8.4"),
    "model-moved": ("The model itself was moved. It is to stay where it was: move each batch to it.", "8.4"),
    "batch-left-behind": ("The inputs or the targets did not go to the model's device. Both must be where its parameters are.", "8.4"),
}
