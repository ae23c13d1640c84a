"""Photographs to learn from, and the human boxes beside some of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .geometry import Floats

COCO_LABELS = Path(__file__).parents[2] / "labels" / "coco80.json"

# Names of Pascal VOC and others, as COCO has them. What is not here and not COCO's is left out.
SYNONYMS = {
    "aeroplane": "airplane",
    "motorbike": "motorcycle",
    "sofa": "couch",
    "diningtable": "dining table",
    "pottedplant": "potted plant",
    "tvmonitor": "tv",
}
# Sets that number their classes.
NUMBERED = {"pedestrian_sayaneerb": {"0": "person"}}


@dataclass(frozen=True)
class Photograph:
    """A picture file and what people marked in it."""

    path: Path
    classes: tuple[int, ...]
    boxes_xywh: Floats
    """0–1 of the picture, from the top left, `[n, 4]`. Not complete: unmarked is not absent."""


def read_photographs(folder: Path) -> list[Photograph]:
    """All `folder/SET/*.webp`, in the order of their names."""
    labels = {name: index for index, name in enumerate(json.loads(COCO_LABELS.read_text("utf-8")))}
    photographs = []
    for pictures in sorted(path for path in folder.iterdir() if path.is_dir()):
        marked = _read_boxes(pictures, labels)
        for path in sorted(pictures.glob("*.webp")):
            boxes = marked.get(path.stem, [])
            photographs.append(
                Photograph(
                    path,
                    tuple(class_id for class_id, _ in boxes),
                    np.array([box for _, box in boxes], np.float32).reshape(-1, 4),
                )
            )
    if not photographs:
        raise FileNotFoundError(f"Cannot find photographs: {folder}/*/*.webp")
    return photographs


def _read_boxes(pictures: Path, labels: dict[str, int]) -> dict[str, list[tuple[int, list[float]]]]:
    path = pictures / "boxes.json"
    if not path.exists():
        return {}
    names = NUMBERED.get(pictures.name, {})
    marked: dict[str, list[tuple[int, list[float]]]] = {}
    for file, picture in json.loads(path.read_text("utf-8"))["images"].items():
        for name, *box in picture["boxes"]:
            label = labels.get(names.get(name, SYNONYMS.get(name, name)))
            if label is not None:
                marked.setdefault(Path(file).stem, []).append((label, box))
    return marked
