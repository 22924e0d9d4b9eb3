"""Mistakes that any answer can show, whatever it is about."""

ROWS = {
    # --- the form of the answer ----------------------------------------------------------------------
    "not-written": ("The cell still raises NotImplementedError. Put your own code in place of that line.",),
    "not-returned": ("The function returned None. Does every way through it end in `return …`?",),
    "printed": ("The function printed its result and returned None. Printing shows a number to you; "
                "`return` hands it to the caller.",),
    "returned-string": ("A string came back. A number in quotes, or in an f-string, is text; return the number itself.",),
    "returned-value": ("A Value came back where its number was asked for. Return its `.data` (or its `.grad`).",),
    "not-called": ("A function or a class stands where its result belongs. Are its brackets `()` missing?",),
    "error-returned": ("An error was returned, not raised. `return` hands it over like any result; `raise` stops the caller.",),
    "called-no-function": ("Something that is no function stands before round brackets. Is a `*` missing, as in 2(x + 1)? Or did a cell give a value "
                           "to a name of Python's own, such as sum, max or list? Then choose another name there, and restart the kernel.",),
    "lazy": ("No list or tuple came back, but something that hands out entries one by one: an iterator, a range, the keys of a dictionary. "
             "Wrap it in list(…) or tuple(…).",),
    "no-order": ("A set came where a list or a tuple was asked for. A set keeps no order; a list does, beside a set that only remembers what was seen.",),
    "bool-for-number": ("True or False came where a number was asked for. A comparison answers yes or no; multiplied by a number, or turned into a float, "
                        "it becomes 1 or 0.",),
    "not-a-tuple": ("One number came where a tuple was asked for. A tuple with one entry is written with a comma: (3.0,).",),
    "dict-for-list": ("A dictionary came where a tuple or a list was asked for. There an entry is known by its place, not by a name: "
                      "put the values into one, in the order that the text asks for.",),
    "array-for-list": ("A NumPy array came where a tuple or a list was asked for. `.tolist()` makes a list of numbers of it, list(…) a list of its rows.",),
    "array-for-tuple": ("One array came back where several results were asked for, in a tuple.",),
    "array-of-one": ("An array came back where one number was asked for. Take its only entry, for instance with `.item()`.",),
    "signature": ("The tests call it with other arguments than it takes. Leave the first line of the definition, "
                  "`def …(…):`, as it was given.",),
    "not-a-function": ("The name now holds something that cannot be called. Was it assigned again in a later cell, "
                       "or written as `name = …` in place of `def name(…):`? Run the cell with the definition once more.",),
    "unknown-name": ("A name is used that does not exist at that point. A typing error, a missing import, "
                     "or a cell above that has not been run?",),
    "self-forgotten": ("This name belongs to an object, and is reached through it. Inside a method that is `self.data`, "
                       "not `data`; of another object p it is `p.data`.", "6.5"),
    "no-such-attribute": ("The object has no attribute or method of this name. A typing error? Or is it a method of a class of yours? Its `def` must stand "
                          "inside the class, as far to the right as that of __init__.",),
    "plain-number": ("A plain number stands where one is needed that knows its graph. Does every operation return such an object? "
                     "Of a Value, `math.tanh(v)`, `float(v)` and `v.data` leave the graph; `v.tanh()` stays in it.",),
    "number-for-array": ("A plain number stands where an array or a tensor is needed.",),
    "list-for-one": ("A list or a tuple stands where one object is needed. Are there brackets or a comma too many, or is one of its entries meant?",),
    "list-in-set": ("A list cannot be looked up in a set or a dictionary, nor be a key there. Is one of its entries meant? "
                    "stack.append(list) puts the whole list on the stack as one thing; `stack += list` its entries one by one.",),
    "one-comparison": ("A comparison gave one True or False in place of one for each entry: two things of different kinds were compared. Print both.",),
    "caret": ("In Python `^` is no power, it combines bits. A power is written with two stars, x**2.",),
    "none-used": ("Something is None where a number or an object was needed. Does a function not return its result, or was an argument not given?",),
    "argument-is-none": ("An argument of the function is None in this call, since it was not given: an operation with one input has no `y`. "
                         "Compute only what was asked for, not every case.",),
    "changed-input": ("The function changed what it was given (a list, a dict or an array), and the caller's data with it. "
                      "`x += 1`, `x[i] = …` and `append` change in place. Work on a copy, or make a new one.",),
    "endless": ("It did not finish in the given time. Does every loop come closer to its end? Is the same work done again and again?",),
    "calls-itself": ("The function calls itself and never stops. Was another function meant, or is the case missing that ends it?",),
    "exit": ("The code ended the program (`exit()` or `quit()`). Use `return` to leave a function.",),
    "asks-for-input": ("The code calls input(), and in a test nobody types. What a function needs comes in by its arguments.",),
    "kept-list": ("The result begins with that of an earlier call: its list lives on from call to call. A default such as `order=[]` "
                  "is made once, when the function is defined. Make the list inside the function.",),
    "example-only": ("The same answer came for other inputs. Does it use its arguments?",),

    # --- numbers -------------------------------------------------------------------------------------
    "sign": ("The size is right and the sign is not.",),
    "factor-2": ("It is off by a factor of 2. A square whose 2 was forgotten, or a ½ that does not belong there?",),
    "factor-n": ("It is off by the number of entries. A sum where a mean was asked for, or the other way round?",),
    "swapped": ("All the numbers are there, but in other places. Look at the order.",),
    "transposed": ("Rows and columns are exchanged. Is a transpose missing, or one too many?",),
    "not-finite": ("Infinity or NaN came out. Look for a division by zero, a logarithm of zero, or an exponential that is too large.",),
    "rounded-down": ("The digits after the point are lost. `//` and int(…) round; `/` does not.",),
    "all-zero": ("Every number is 0. Was the quantity computed at all, or read before it was computed?",),
    "nearly": ("Right to some digits, not to all. Was a slope measured by a small step, a number typed in with too few digits, or something "
               "computed in float32, which keeps 7 digits? The exact value is asked for.",),
    "rounded": ("Right to a few digits only. Return the number as it is, without round(…).",),
    "division-by-zero": ("Something was divided by zero. Which denominator can be 0 for these inputs?",),
    "domain": ("A function was given a number for which it is not defined, such as the logarithm of 0.",),
    "overflow": ("A number became too large for a float. Exponentials beyond exp(709) do that.",),

    # --- arrays, and steps of gradient descent -------------------------------------------------------
    "list-for-array": ("A list, or a tuple, stands where an array is needed or a single number. It does not compute: 2 * list repeats it, and it has "
                       "no `.T` and no shape. np.array(…) makes an array of it; a loop goes through its entries.",),
    "one-array-many-names": ("All entries of the list are one and the same object: [x] * n makes n names for x. "
                             "Make a new one for each entry.",),
    "integer-array": ("The array holds whole numbers, so everything after the point was cut off. An array made with zeros_like, full or copy "
                      "takes over the type of its model; ask for floats.",),
    "integer-input": ("For floats it is right, for whole numbers it is not: an array of integers keeps its type when you copy it, "
                      "and cuts off what you write into it. Turn it into floats first.",),
    "float32": ("The numbers came in half the precision, float32. NumPy's own float64 is asked for here.",),
    "another-order": ("The results are right, but they come in another order than the docstring says.",),
    "flattened": ("The numbers are right, but they lie in one row. Give the result the shape that was asked for.",),
    "sum-missing": ("A sum is missing: these are the single terms, one for each example or entry. Add them up, or take their mean, along the axis "
                    "that is to disappear.",),
    "array-for-number": ("An array came where one number was asked for. Is a sum, a mean or a largest entry to be taken?",),
    "wrong-variable": ("This is the gradient with respect to another variable, or has its shape. "
                       "A gradient has the shape of the thing it is taken by.",),
    "reversed-list": ("The list is right, back to front. A backward pass meets the last layer first, but the list begins with layer 1.",),
    "off-by-one-layer": ("The list is off by one layer: the right arrays, one place too early or too late, or one too many or too few. "
                         "A[0] is the input, and so layer ℓ reads A[ℓ−1].", "7.5"),
    "broadcast": ("NumPy paired every entry with every other: shapes (N, 1) and (N,), say, make (N, N) without a word. "
                  "Print the shapes of what you add, subtract or multiply, and make them equal.",),
    "extra-axis": ("The numbers may be right, but there is an axis of length 1 too many or too few. "
                   "keepdims=True keeps one, so does [:, None]; [:, 0] and ravel() drop it, and squeeze() drops every one.",),
    "summed-all": ("Everything was drawn together into one number, and an array was asked for. To keep one number for each column, say along which "
                   "axis to add; to keep them all, do not add.",),
    "wrong-axis": ("The sum goes along the wrong axis. axis=0 adds up the rows (over the examples) and leaves one number for each column; "
                   "axis=1 leaves one for each row.",),
    "shapes-in-product": ("Two arrays met in a matrix product whose inner sizes differ. Write the shape under each factor: a transpose is missing, "
                          "or one too many, or the factors stand the wrong way round, or `@` was written for `*`, or a size is fixed that should not be.",),
    "number-in-product": ("One factor of `@` is a single number, and a matrix product takes arrays. np.max and np.sum make one number of a whole array; "
                          "np.maximum compares entry by entry. For a product with a number there is `*`.",),
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
    "one-row-missing": ("One example is missing, the first or the last. Counting begins with 0, and range(N) ends with N − 1 by itself.",),
    "last-row-only": ("This is the result for the last example alone. Each turn of the loop overwrites the one before: += where you have =.",),
    "bias-unused": ("The result does not change when the biases do. They are part of it: Z = A Wᵀ + b.",),
    "one-not-moved": ("Some parameters took their step, and others came back as they went in. Is an update missing, or its gradient 0?", "7.6"),
    "step-alone": ("This is the step, or the gradient, and not what it leads to. The new parameters are the old ones minus lr times the gradient.", "7.6"),
    "step-missing": ("The parameters that came back are those that went in. Does the update reach what is returned?", "7.6"),
    "transposed-factor": ("The right two matrices, but another product of them: one is transposed that should not be, or is not, "
                          "or they stand the wrong way round. Which index has to be added up?", "7.4"),
}
