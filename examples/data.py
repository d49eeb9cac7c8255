"""MNIST and CIFAR-10 as arrays of bytes, from a folder that holds the data sets' files. Nothing is downloaded."""

import gzip
import io
import tarfile
from pathlib import Path

import numpy as np

CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def read_idx(path):
    """An array of bytes in the format of MNIST: two zero bytes, the type, the rank, the extents, the elements."""
    content = gzip.decompress(path.read_bytes())
    rank = content[3]
    shape = np.frombuffer(content, ">i4", rank, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load_held_out(folder, name, count=500, margin=2):
    """The first test images of "mnist" or "cifar10", as bytes, and their labels. CIFAR-10's are lossless ones here."""
    folder = Path(folder) / name
    if name == "mnist":
        return tuple(array[:count] for array in load_mnist_part(folder, "t10k", margin))
    records = np.fromfile(folder / "cifar10_lossless_first4000train_first1000test.bin", np.uint8).reshape(-1, 3073)
    tests = records[4000:4000 + count]
    return tests[:, 1:].reshape(-1, 3, 32, 32), tests[:, 0].astype(np.int64)


def load_mnist_part(folder, part, margin):
    images = read_idx(next(folder.glob(f"{part}-images*")))
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin)))
    return padded.reshape(len(images), -1), read_idx(next(folder.glob(f"{part}-labels*"))).astype(np.int64)


def load_mnist(folder, margin=2):
    """((images, labels), (test images, test labels)); images [N, 1024] bytes: 28x28 with `margin` zeros around."""
    return tuple(load_mnist_part(Path(folder) / "mnist", part, margin) for part in ("train", "t10k"))


def load_cifar10(folder, cache):
    """((images, labels), (test images, test labels)); images [N, 3, 32, 32] bytes; decoded once into `cache`."""
    cache = Path(cache)
    if not cache.exists():
        arrays = decode_cifar10(Path(folder) / "cifar10/cifar10_images_jpg.tar.gz")
        np.savez(cache, **arrays)
    arrays = np.load(cache)
    return tuple((arrays[f"{part}_images"], arrays[f"{part}_labels"]) for part in ("train", "test"))


def decode_cifar10(archive):
    from PIL import Image

    found = {"train": [], "test": []}
    with tarfile.open(archive) as tar:
        for member in tar:
            if not member.name.endswith(".jpg"):
                continue
            part, label, _ = member.name.split("/")[-3:]
            image = np.asarray(Image.open(io.BytesIO(tar.extractfile(member).read())))
            found[part].append((member.name, image.transpose(2, 0, 1), CLASSES.index(label)))
    arrays = {}
    for part, entries in found.items():
        _, images, labels = zip(*sorted(entries, key=lambda entry: entry[0].rsplit("/", 1)[-1] + entry[0]))
        arrays |= {f"{part}_images": np.stack(images), f"{part}_labels": np.array(labels, np.int64)}
    return arrays
