"""COCO's average precision.

Source: `COCOeval` of pycocotools 2.0.11, which a test compares with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

IOU_THRESHOLDS: Doubles = np.linspace(0.5, 0.95, 10)
RECALLS: Doubles = np.linspace(0, 1, 101)
# Of one class in one picture.
MAX_DETECTIONS = 100
# Areas in px² of objects that count, both ends included.
AREAS = {
    "all": (0.0, 1e10),
    "small": (0.0, 32.0**2),
    "medium": (32.0**2, 96.0**2),
    "large": (96.0**2, 1e10),
}


@dataclass(frozen=True)
class Truth:
    """An object. A crowd has room for any number of detections, and none of them counts."""

    picture: int
    class_id: int
    box_xywh: tuple[float, float, float, float]
    crowd: bool = False


@dataclass(frozen=True)
class Found:
    """A detection."""

    picture: int
    class_id: int
    box_xywh: tuple[float, float, float, float]
    score: float


@dataclass(frozen=True)
class Precision:
    """Mean over classes that have objects, 0–1; `None` where there are none."""

    ap: float | None
    """Over IoU 0.50, 0.55 … 0.95."""
    ap50: float | None


@dataclass
class _Matched:
    """Detections of a class in all pictures; rows of the flags are IoU thresholds."""

    scores: Doubles
    hit: Flags
    ignored: Flags
    truths: int


def average_precision(
    truths: Sequence[Truth],
    found: Sequence[Found],
    area: str = "all",
    classes: Iterable[int] | None = None,
) -> Precision:
    """AP of the objects in an area range, over `classes` or all."""
    grouped_truths, grouped_found = _group(truths), _group(found)
    wanted = {truth.class_id for truth in truths} if classes is None else set(classes)
    curves = []
    for class_id in sorted(wanted):
        pictures = sorted({p for c, p in [*grouped_truths, *grouped_found] if c == class_id})
        matched = [
            _match(grouped_truths[class_id, p], grouped_found[class_id, p], AREAS[area]) for p in pictures
        ]
        count = sum(one.truths for one in matched)
        if count > 0:
            curves.append(_curve(matched, count))
    if not curves:
        return Precision(None, None)
    mean = np.stack(curves)
    return Precision(float(mean.mean()), float(mean[:, 0].mean()))


def _group(boxes: Sequence[Truth] | Sequence[Found]) -> defaultdict[tuple[int, int], list]:
    grouped: defaultdict[tuple[int, int], list] = defaultdict(list)
    for box in boxes:
        grouped[box.class_id, box.picture].append(box)
    return grouped


def _match(truths: list[Truth], found: list[Found], area: tuple[float, float]) -> _Matched:
    """Gives each detection the object it is of: best score first, the free one of highest IoU."""

    def outside(box: tuple[float, float, float, float]) -> bool:
        return not area[0] <= box[2] * box[3] <= area[1]

    ordered = sorted(truths, key=lambda truth: truth.crowd or outside(truth.box_xywh))
    ignore = np.array([truth.crowd or outside(truth.box_xywh) for truth in ordered], bool)
    crowd = np.array([truth.crowd for truth in ordered], bool)
    best = sorted(found, key=lambda one: -one.score)[:MAX_DETECTIONS]
    iou = _ious([one.box_xywh for one in best], [truth.box_xywh for truth in ordered], crowd)
    shape = len(IOU_THRESHOLDS), len(best)
    hit, ignored = np.zeros(shape, bool), np.zeros(shape, bool)
    for row, threshold in enumerate(IOU_THRESHOLDS):
        taken = np.zeros(len(ordered), bool)
        for column in range(len(best)):
            match = _best_match(iou[column], taken & ~crowd, ignore, min(threshold, 1 - 1e-10))
            if match is None:
                # What nobody marked is judged by its own size.
                ignored[row, column] = outside(best[column].box_xywh)
                continue
            taken[match] = True
            ignored[row, column] = ignore[match]
            hit[row, column] = not ignore[match]
    return _Matched(np.array([one.score for one in best]), hit, ignored, int((~ignore).sum()))


def _best_match(iou: Doubles, taken: Flags, ignore: Flags, threshold: float) -> int | None:
    for group in (~ignore, ignore):
        fits = np.nonzero(group & ~taken & (iou >= threshold))[0]
        if len(fits):
            # Of equals the last.
            return int(fits[len(fits) - 1 - int(iou[fits][::-1].argmax())])
    return None


def _ious(found: list, truths: list, crowd: Flags) -> Doubles:
    """IoU, or share of the detection where the truth is a crowd, `[found, truths]`."""
    if not found or not truths:
        return np.zeros((len(found), len(truths)))
    a, b = np.array(found, float)[:, None], np.array(truths, float)[None]
    low = np.maximum(a[..., :2], b[..., :2])
    high = np.minimum(a[..., :2] + a[..., 2:], b[..., :2] + b[..., 2:])
    shared = (high - low).clip(0).prod(-1)
    area = a[..., 2:].prod(-1)
    union = np.where(crowd[None], area, area + b[..., 2:].prod(-1) - shared)
    return shared / np.maximum(union, np.finfo(float).tiny)


def _curve(matched: list[_Matched], truths: int) -> Doubles:
    """Mean precision at 101 recalls per IoU threshold, `[10]`."""
    scores = np.concatenate([one.scores for one in matched])
    order = np.argsort(-scores, kind="mergesort")
    hit = np.concatenate([one.hit for one in matched], 1)[:, order]
    ignored = np.concatenate([one.ignored for one in matched], 1)[:, order]
    means = []
    for hits, misses in zip(hit.cumsum(1), (~hit & ~ignored).cumsum(1), strict=True):
        precision = hits / (hits + misses + np.spacing(1))
        precision = np.maximum.accumulate(precision[::-1])[::-1]
        at = np.searchsorted(hits / truths, RECALLS, side="left")
        read = np.zeros(len(RECALLS))
        read[at < len(precision)] = precision[at[at < len(precision)]]
        means.append(read.mean())
    return np.array(means)
