"""How much of the machine torch takes."""

import torch


def threads() -> int:
    """The threads that one operation may use."""
    return torch.get_num_threads()
