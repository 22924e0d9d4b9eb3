"""nnlib.torch_bridge.counting: what a function orders from PyTorch, counted."""

import torch

from nnlib.torch_bridge import operations


def test_every_operation_counts_and_the_result_is_the_functions_own():
    x = torch.arange(3.0)
    assert operations(lambda: None) == (0, None)
    count, result = operations(lambda x: (x + 1) * 2, x)
    assert count == 2 and torch.equal(result, (x + 1) * 2)
    assert operations(lambda x: x[0].sum(), x)[0] == 2


def test_a_loop_shows_by_its_number_and_a_whole_tensor_does_not():
    def loop(A):
        return torch.stack([row.sum() for row in A])

    def whole(A):
        return A.sum(dim=1)

    few, many = torch.ones(3, 2), torch.ones(30, 2)
    assert operations(whole, few)[0] == operations(whole, many)[0] == 1
    assert operations(loop, many)[0] - operations(loop, few)[0] == 27
    assert torch.equal(operations(whole, few)[1], torch.tensor([2.0, 2.0, 2.0]))  # dim=1 arrived


def test_an_error_inside_comes_out_and_counting_ends():
    try:
        operations(lambda: torch.ones(2) @ torch.ones(3))
    except RuntimeError:
        pass
    else:
        raise AssertionError("the error was swallowed")
    assert operations(lambda: torch.ones(2) + 1)[0] == 2
