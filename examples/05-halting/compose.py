"""Images whose contents are at known places: photographs and digits on textures."""

import numpy as np

BACKGROUND = 10  # the class of what is no digit


def make_texture(random, side, planes):
    """[planes, side, side], 0 to 1: smooth noise."""
    frequencies = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.fftfreq(side) ** 2
    noise = np.fft.fft2(random.standard_normal((planes, side, side)))
    field = np.fft.ifft2(noise * np.exp(-frequencies * 60)).real
    low, high = field.min((1, 2), keepdims=True), field.max((1, 2), keepdims=True)
    return ((field - low) / (high - low)).astype(np.float32)


def place_photographs(images, side, seed):
    """Each image of [N, 3, h, w], 0 to 1, somewhere on a texture of its colours: [N, 3, side, side], and where it is,
    [N, side, side]."""
    random, count, (height, width) = np.random.default_rng(seed), len(images), images.shape[2:]
    canvases, masks = np.empty((count, 3, side, side), np.float32), np.zeros((count, side, side), bool)
    for image, canvas, mask in zip(images, canvases, masks):
        mean, deviation = image.mean((1, 2), keepdims=True), image.std((1, 2), keepdims=True)
        canvas[:] = np.clip(mean + deviation * (make_texture(random, side, 3) - 0.5), 0, 1)
        y, x = random.integers(side - height + 1), random.integers(side - width + 1)
        canvas[:, y:y + height, x:x + width], mask[y:y + height, x:x + width] = image, True
    return canvases, masks


def place_digits(digits, labels, count, side, seed):
    """`count` images [count, 1, side, side], 0 to 1, with one or two of `digits` [N, h, w], bytes, on dim textures, and the class of
    each cell of two by two pixels, [count, side / 2, side / 2]."""
    random, (height, width) = np.random.default_rng(seed), digits.shape[1:]
    canvases = np.empty((count, 1, side, side), np.float32)
    classes = np.full((count, side // 2, side // 2), BACKGROUND, np.int64)
    for canvas, cells in zip(canvases, classes):
        canvas[0] = make_texture(random, side, 1)[0] * 0.5
        for _ in range(random.integers(1, 3)):
            chosen = random.integers(len(digits))
            y, x = (2 * random.integers((side - extent) // 2 + 1) for extent in (height, width))
            part, digit = canvas[0, y:y + height, x:x + width], digits[chosen] / np.float32(255)
            np.maximum(part, digit, out=part)
            ink = digit.reshape(height // 2, 2, width // 2, 2).max((1, 3)) > 0.5
            cells[y // 2:(y + height) // 2, x // 2:(x + width) // 2][ink] = labels[chosen]
    return canvases, classes
