"""Writes coco_golden.json: random boxes, and what pycocotools says of them.

    pip install pycocotools==2.0.11
    python bench/accuracy/testdata/make_golden.py && deno fmt bench/accuracy/testdata
"""

import contextlib
import importlib.metadata
import io
import json
import pathlib
import random

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

PICTURES, CLASSES, SIDE = 12, 5, 400
# Its objects are never found, and that of the next is in no picture.
UNFOUND, UNSEEN = 3, 4


def box(rng):
    width, height = rng.uniform(8, 160), rng.uniform(8, 160)
    return [rng.uniform(0, SIDE - width), rng.uniform(0, SIDE - height), width, height]


def moved(rng, xywh, share):
    x, y, width, height = xywh
    shift = lambda size: size * rng.uniform(-share, share)
    return [x + shift(width), y + shift(height), width + shift(width), height + shift(height)]


def short(xywh):
    return [round(value, 1) for value in xywh]


def make(rng):
    truths, found = [], []
    for picture in range(1, PICTURES + 1):
        for _ in range(rng.randrange(0, 9)):
            class_id, crowd = rng.randrange(0, UNSEEN), rng.random() < 0.12
            xywh = short(box(rng))
            truths.append({"picture": picture, "class": class_id, "box_xywh": xywh, "crowd": crowd})
            # Several at once, some of them of equal score: duplicates, and ties between pictures.
            for _ in range(0 if class_id == UNFOUND else rng.choice([0, 1, 1, 2, 4 if crowd else 1])):
                near = short(moved(rng, xywh, rng.choice([0.02, 0.08, 0.2])))
                score = round(rng.uniform(0.3, 1), 2)
                found.append({"picture": picture, "class": class_id, "box_xywh": near, "score": score})
        for _ in range(rng.randrange(0, 5)):
            class_id = rng.choice([0, 1, 2, UNSEEN])
            score = round(rng.uniform(0.01, 0.8), 2)
            found.append({"picture": picture, "class": class_id, "box_xywh": short(box(rng)), "score": score})
    # More of one class in one picture than count; the last, which is cut off, would be a hit.
    for at in range(110):
        score = round(0.9 - at * 0.005, 3)
        found.append({"picture": 1, "class": 0, "box_xywh": short(box(rng)), "score": score})
    last = [390.0, 390.0, 8.0, 8.0]
    truths.append({"picture": 1, "class": 0, "box_xywh": last, "crowd": False})
    found.append({"picture": 1, "class": 0, "box_xywh": last, "score": 0.02})
    rng.shuffle(found)
    return truths, found


def evaluate(truths, found):
    coco = COCO()
    coco.dataset = {
        "images": [{"id": at, "width": SIDE, "height": SIDE} for at in range(1, PICTURES + 1)],
        "categories": [{"id": at, "name": str(at)} for at in range(CLASSES)],
        "annotations": [
            {
                "id": at, "image_id": one["picture"], "category_id": one["class"],
                "bbox": one["box_xywh"], "area": one["box_xywh"][2] * one["box_xywh"][3],
                "iscrowd": int(one["crowd"]),
            }
            for at, one in enumerate(truths, 1)
        ],
    }
    coco.createIndex()
    results = coco.loadRes([
        {
            "image_id": one["picture"], "category_id": one["class"], "bbox": one["box_xywh"],
            "score": one["score"],
        }
        for one in found
    ])
    run = COCOeval(coco, results, "bbox")
    run.evaluate()
    run.accumulate()
    run.summarize()
    precision = run.eval["precision"][:, :, :, 0, 2]
    by_class = {
        str(at): float(precision[:, :, at].mean())
        for at in range(CLASSES) if precision[:, :, at].max() >= 0
    }
    ap, ap50, large = (float(run.stats[at]) for at in (0, 1, 5))
    return {"ap50_95": ap, "ap50": ap50, "large_ap50_95": large, "by_class": by_class}


def main():
    truths, found = make(random.Random(7))
    with contextlib.redirect_stdout(io.StringIO()):
        expected = evaluate(truths, found)
    lines = lambda rows: "[\n" + ",\n".join("    " + json.dumps(row) for row in rows) + "\n  ]"
    version = importlib.metadata.version("pycocotools")
    text = (
        "{\n"
        f'  "made_by": "make_golden.py, pycocotools {version}",\n'
        f'  "expected": {json.dumps(expected)},\n'
        f'  "truths": {lines(truths)},\n'
        f'  "found": {lines(found)}\n'
        "}\n"
    )
    pathlib.Path(__file__).with_name("coco_golden.json").write_text(text)


main()
