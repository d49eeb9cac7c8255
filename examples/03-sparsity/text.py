"""SST-2 and tiny Shakespeare as arrays of numbers, from a folder that holds the data sets' files.

Vocabularies are those of the training parts, so that the same files give the same numbers.
"""

from collections import Counter
from pathlib import Path

import numpy as np

PADDING, UNKNOWN = 0, 1
WORDS, SENTENCE = 5000, 40  # of the vocabulary; words of a sentence that are read
SEQUENCE = 100  # characters
TEST, VALIDATION = 55_000, 55_000  # characters at the end of the text


def read_sentences(path):
    """Lists of words, and labels."""
    lines = [line.split() for line in path.read_text(encoding="latin-1").splitlines()]
    return [words for _, *words in lines], np.array([int(label) for label, *_ in lines], np.int64)


def load_sentiment(folder):
    """{"train", "dev", "test"}: numbers of words [N, 40], with padding in front, and labels [N]: 1 is praise."""
    parts = {part: read_sentences(Path(folder) / f"sentiment/stsa.binary.{part}") for part in ("train", "dev", "test")}
    counts = Counter(word for words in parts["train"][0] for word in words)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))[:WORDS - 2]
    numbers = {word: number for number, word in enumerate(ranked, UNKNOWN + 1)}

    def encode(words):
        encoded = [numbers.get(word, UNKNOWN) for word in words[:SENTENCE]]
        return [PADDING] * (SENTENCE - len(encoded)) + encoded

    return {part: (np.array([encode(words) for words in sentences], np.int64), labels)
            for part, (sentences, labels) in parts.items()}


def cut(text):
    """Sequences [N, 100] and, for each character, the next one."""
    count = (len(text) - 1) // SEQUENCE
    return tuple(text[start:start + count * SEQUENCE].reshape(count, SEQUENCE) for start in (0, 1))


def load_characters(folder):
    """{"train", "dev", "test"}: as `cut` has them; and the size of the alphabet."""
    text = (Path(folder) / "text/tinyshakespeare.txt").read_text()
    alphabet = {character: number for number, character in enumerate(sorted(set(text)))}
    encoded = np.array([alphabet[character] for character in text], np.int64)
    ends = len(encoded) - TEST - VALIDATION, len(encoded) - TEST
    train, dev, test = np.split(encoded, ends)
    return {"train": cut(train), "dev": cut(dev), "test": cut(test)}, len(alphabet)
