"""Measures average precision of models on a COCO-labelled set, as a table and as JSON."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from .coco_ap import Found, Truth, average_precision
from .detector import Detections, Detector, find_file, read_entry
from .pictures import COCO_LABELS

PERSON = 0


@dataclass(frozen=True)
class EvalSet:
    """Pictures, and what is in them."""

    files: dict[int, Path]
    truths: list[Truth]


def read_set(folder: Path) -> EvalSet:
    """`folder/instances.json` (COCO) and `folder/images`; classes are told by their names."""
    labels = {name: index for index, name in enumerate(json.loads(COCO_LABELS.read_text("utf-8")))}
    instances = json.loads((folder / "instances.json").read_text("utf-8"))
    classes = {category["id"]: labels[category["name"]] for category in instances["categories"]}
    return EvalSet(
        {image["id"]: folder / "images" / image["file_name"] for image in instances["images"]},
        [
            Truth(one["image_id"], classes[one["category_id"]], tuple(one["bbox"]), bool(one["iscrowd"]))
            for one in instances["annotations"]
        ],
    )


def found_in(picture: int, detections: Detections) -> list[Found]:
    """Detections as the evaluation takes them."""
    return [
        Found(picture, int(class_id), (x0, y0, x1 - x0, y1 - y0), float(score))
        for (x0, y0, x1, y1), score, class_id in zip(
            detections.boxes_xyxy.tolist(), detections.scores, detections.classes, strict=True
        )
    ]


def evaluate(detector: Detector, data: EvalSet) -> dict[str, float | None]:
    """All figures of a model."""
    found: list[Found] = []
    for picture, path in sorted(data.files.items()):
        bgr = cv2.imread(str(path))
        if bgr is None:
            raise FileNotFoundError(f"Cannot read the picture: {path}")
        found += found_in(picture, detector.detect(bgr))
    return figures(data.truths, found)


def figures(truths: list[Truth], found: list[Found]) -> dict[str, float | None]:
    """AP of all objects, by size, and of people."""
    everything = average_precision(truths, found)
    person = average_precision(truths, found, classes=[PERSON])
    by_area = {
        f"ap_{area}": average_precision(truths, found, area).ap for area in ("small", "medium", "large")
    }
    return {
        "ap": everything.ap,
        "ap50": everything.ap50,
        **by_area,
        "ap50_large": average_precision(truths, found, "large").ap50,
        "person_ap": person.ap,
        "person_ap50": person.ap50,
        "person_ap50_large": average_precision(truths, found, "large", [PERSON]).ap50,
    }


def with_file(entry: dict[str, Any], path: Path, size: str) -> dict[str, Any]:
    """An entry for a file that is not in the manifest, of another size."""
    width, height = (int(side) for side in size.split("x"))
    return {**entry, "file": path.name, "input": {**entry["input"], "widthPx": width, "heightPx": height}}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="ids in models/manifest.json")
    parser.add_argument("--set", type=Path, required=True, help="folder with instances.json and images/")
    parser.add_argument("--models", type=Path, action="append", default=[], help="folder of model files")
    parser.add_argument(
        "--file", action="append", default=[], help="WxH=FILE.onnx: one of ours that is not in the manifest"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures there")
    options = parser.parse_args()
    data = read_set(options.set)
    jobs = [(name, read_entry(name), None) for name in options.names]
    for file in options.file:
        size, path = file.split("=", 1)
        jobs.append((path, with_file(read_entry("peerlens-nano"), Path(path), size), Path(path)))
    results: dict[str, Any] = {}
    for name, entry, path in jobs:
        path = path or find_file(entry, options.models)
        results[name] = {
            **evaluate(Detector(path, entry, options.threads), data),
            "bytes": path.stat().st_size,
        }
        if len(results) == 1:
            print("| model | " + " | ".join(results[name]) + " |")
            print("|---" * (len(results[name]) + 1) + "|")
        cells = [f"{v:.3f}" if isinstance(v, float) else str(v) for v in results[name].values()]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"pictures": len(data.files), "models": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
