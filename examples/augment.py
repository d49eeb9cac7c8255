"""Random variations of photographs, in PyTorch."""

import torch
from torch.nn import functional

SHIFT = 4  # pixels at most, up or down and left or right


def vary_photographs(x):
    """x [N, C, H, W]: each image, with probability 1/2, mirrored, and shifted at random; zeros come in at borders."""
    count, channels, height, width = x.shape
    is_mirrored = torch.rand(count, 1, 1, 1, device=x.device) < 0.5
    x = functional.pad(torch.where(is_mirrored, x.flip(3), x), (SHIFT,) * 4)
    offsets = torch.randint(2 * SHIFT + 1, (2, count, 1), device=x.device)
    rows, columns = (offsets[n] + torch.arange(size, device=x.device) for n, size in enumerate((height, width)))
    images, planes = torch.arange(count, device=x.device), torch.arange(channels, device=x.device)
    return x[images[:, None, None, None], planes[None, :, None, None], rows[:, None, :, None], columns[:, None, None, :]]
