"""Precision and recall at score thresholds, to choose where the slider starts."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from .coco_ap import Found, Truth
from .detector import Detector, find_file, read_entry
from .evaluate import PERSON, found_in, read_set, with_file

THRESHOLDS = np.arange(0.1, 0.61, 0.05)
LEAST_IOU = 0.5


def hits(truths: list[Truth], found: list[Found]) -> list[bool]:
    """Whether each detection, best first, is of an object that no better one took."""
    taken: set[int] = set()
    marks = []
    for one in found:
        ious = [
            -1.0 if at in taken or truth.class_id != one.class_id else iou(truth.box_xywh, one.box_xywh)
            for at, truth in enumerate(truths)
        ]
        best = int(np.argmax(ious)) if ious else -1
        marks.append(best >= 0 and ious[best] >= LEAST_IOU)
        if marks[-1]:
            taken.add(best)
    return marks


def iou(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes, xywh."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    return shared / max(a[2] * a[3] + b[2] * b[3] - shared, 1e-9)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="peerlens-nano", help="id in models/manifest.json")
    parser.add_argument("--set", type=Path, required=True, help="folder with instances.json and images/")
    parser.add_argument("--models", type=Path, action="append", default=[], help="folder of model files")
    parser.add_argument("--file", help="WxH=FILE.onnx: one of ours instead")
    options = parser.parse_args()
    entry, path = read_entry(options.name), None
    if options.file:
        size, file = options.file.split("=", 1)
        entry, path = with_file(entry, Path(file), size), Path(file)
    detector = Detector(path or find_file(entry, options.models), entry)
    data = read_set(options.set)
    scored: list[tuple[float, bool, bool]] = []
    for picture, file_path in sorted(data.files.items()):
        bgr = cv2.imread(str(file_path))
        if bgr is None:
            raise FileNotFoundError(f"Cannot read the picture: {file_path}")
        found = found_in(picture, detector.detect(bgr, THRESHOLDS[0], entry["iouThreshold"]))
        truths = [truth for truth in data.truths if truth.picture == picture and not truth.crowd]
        for one, hit in zip(found, hits(truths, found), strict=True):
            scored.append((one.score, hit, one.class_id == PERSON))
    objects = [truth for truth in data.truths if not truth.crowd]
    people = sum(truth.class_id == PERSON for truth in objects)
    print("| threshold | precision | recall | F1 | person precision | person recall | F1 |\n|" + "---|" * 7)
    for threshold in THRESHOLDS:
        cells = []
        for truths, only in ((len(objects), False), (people, True)):
            kept = [hit for score, hit, person in scored if score >= threshold and (person or not only)]
            precision = sum(kept) / max(len(kept), 1)
            recall = sum(kept) / truths
            cells += [precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)]
        print(f"| {threshold:.2f} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")


if __name__ == "__main__":
    main()
