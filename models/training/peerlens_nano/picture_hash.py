"""Perceptual hashes, to keep evaluation pictures out of the training."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

SIDE = 8
# Of 64 bits. What differs in so few is nearly the same picture.
NEAR_BITS = 6
# Correlation of two 16 × 16 grey pictures from which on they are the same.
SAME_CORRELATION = 0.95


def difference_hash(grey: np.ndarray) -> int:
    """64 bits: whether each of 8 × 8 areas is brighter than its right neighbour (dHash)."""
    small = cv2.resize(grey, (SIDE + 1, SIDE), interpolation=cv2.INTER_AREA).astype(np.int16)
    bits = (small[:, :-1] > small[:, 1:]).reshape(-1)
    return int("".join("1" if bit else "0" for bit in bits), 2)


def hashes(path: Path) -> tuple[int, int]:
    """Of a picture, and of its mirror."""
    grey = read_grey(path)
    return difference_hash(grey), difference_hash(grey[:, ::-1])


def read_grey(path: Path) -> np.ndarray:
    """A picture in grey.

    Raises:
        FileNotFoundError: If it cannot be read.
    """
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise FileNotFoundError(f"Cannot read the picture: {path}")
    return grey


def distances(ours: list[int], theirs: list[int]) -> npt.NDArray[np.int64]:
    """Different bits of every pair, `[ours, theirs]`."""
    a, b = np.array(ours, np.uint64)[:, None], np.array(theirs, np.uint64)[None]
    return np.bitwise_count(a ^ b).astype(np.int64)


def correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Of two grey pictures, scaled to 16 × 16."""
    small = [cv2.resize(one, (16, 16), interpolation=cv2.INTER_AREA).astype(float) for one in (a, b)]
    x, y = (one.reshape(-1) - one.mean() for one in small)
    return float(x @ y / max(np.linalg.norm(x) * np.linalg.norm(y), 1e-9))


def near_pairs(training: list[Path], evaluation: list[Path]) -> list[tuple[Path, Path]]:
    """Pairs that are nearly the same picture, plain or mirrored.

    Few bits can agree by chance in dark or plain pictures, so a pair must also correlate.
    """
    ours = [hashes(path)[0] for path in training]
    both = [hashes(path) for path in evaluation]
    pairs = []
    for mirrored in (0, 1):
        table = distances(ours, [one[mirrored] for one in both])
        for row, column in np.argwhere(table <= NEAR_BITS):
            theirs = read_grey(evaluation[column])
            theirs = theirs[:, ::-1] if mirrored else theirs
            if correlation(read_grey(training[row]), theirs) >= SAME_CORRELATION:
                pairs.append((training[row], evaluation[column]))
    return pairs
