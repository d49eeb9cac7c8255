"""What the lessons that train on CIFAR-10 share, in PyTorch."""

import torch
from data import load_cifar10

VALIDATION = 5000  # images at the end of the training data, which no network trains on


def load_training(arguments):
    """Training and validation images and labels, on the device."""
    (images, labels), _ = load_cifar10(arguments.data, arguments.work / "cifar10.npz")
    images, labels = torch.from_numpy(images).to(arguments.device), torch.from_numpy(labels).to(arguments.device)
    return (images[:-VALIDATION], labels[:-VALIDATION]), (images[-VALIDATION:], labels[-VALIDATION:])


@torch.no_grad()
def compute_error(net, images, labels):
    """In percent."""
    net.eval()
    right = sum(int((net(x / 255).argmax(1) == y).sum()) for x, y in zip(images.split(500), labels.split(500)))
    return 100 * (1 - right / len(labels))
