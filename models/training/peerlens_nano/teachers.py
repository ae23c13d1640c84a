"""Teachers: NanoDet-plus models (Apache-2.0), whose cells are the ones that the student has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort

from .geometry import Floats

CLASSES = 80
# Box distances are told as eight bins of 0–7 strides.
BINS = 8
# Of BGR values 0–255; NanoDet's own.
MEAN = np.array([103.53, 116.28, 123.675], np.float32)
STD = np.array([57.375, 57.12, 58.395], np.float32)


@dataclass(frozen=True)
class Answer:
    """What is seen in each cell of a picture."""

    probabilities: Floats
    """`[cells, 80]`, 0–1."""
    distances: Floats
    """Left, top, right, bottom in strides, `[cells, 4]`, 0–7."""


class Teacher:
    """One ONNX file."""

    def __init__(self, path: Path, threads: int = 1) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        shape = self._session.get_inputs()[0].shape
        self.size_px: int = shape[2]
        if shape[2] != shape[3]:
            raise ValueError(f"Cannot use a teacher that is not square: {path}")

    def look(self, picture: Floats) -> Answer:
        """Answers for `picture`: BGR normalised as NanoDet has it, `[1, 3, size, size]`."""
        output = self._session.run(None, {"images": picture})[0][0]
        bins = output[:, CLASSES:].reshape(-1, 4, BINS)
        bins = np.exp(bins - bins.max(-1, keepdims=True))
        bins /= bins.sum(-1, keepdims=True)
        return Answer(output[:, :CLASSES], bins @ np.arange(BINS, dtype=np.float32))


class Ensemble:
    """Several teachers of one input size: the weighted mean of what they say."""

    def __init__(self, paths: Sequence[Path], weights: Sequence[float] | None = None) -> None:
        self._teachers = [Teacher(path) for path in paths]
        self._weights = np.array(weights or [1.0] * len(paths), np.float32)
        self._weights /= self._weights.sum()
        sizes = {teacher.size_px for teacher in self._teachers}
        if len(sizes) != 1 or len(self._weights) != len(paths):
            raise ValueError(f"Cannot join teachers of these sizes: {sorted(sizes)}")
        self.size_px = sizes.pop()

    def look(self, bgr: np.ndarray) -> Answer:
        """Answers for a picture of 0–255, `[size, size, 3]` BGR."""
        picture = ((bgr.astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)[None]
        answers = [teacher.look(picture) for teacher in self._teachers]
        probabilities = sum(w * a.probabilities for w, a in zip(self._weights, answers, strict=True))
        # Who sees nothing in a cell has no say in where its box ends.
        shares = [
            w * a.probabilities.max(1, keepdims=True) + 1e-6
            for w, a in zip(self._weights, answers, strict=True)
        ]
        distances = sum(s * a.distances for s, a in zip(shares, answers, strict=True)) / sum(shares)
        return Answer(np.asarray(probabilities, np.float32), np.asarray(distances, np.float32))
