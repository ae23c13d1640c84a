"""Says how good detections are by pycocotools, beside an implementation that shares nothing with Peerlens.

    oracle.py < job.json > answer.json

The job is `OracleJob` of oracle.ts, the answer `OracleAnswer`. Of the models it knows those that give
distances from a cell's corner and class scores (`ltrb`), which the embedded one does.
"""

import contextlib
import importlib.metadata
import io
import json
import sys

import cv2
import numpy as np
import onnxruntime
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

POINTS = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6]


# Detecting


def letterbox(picture, spec, width, height):
    """The model's input, and what leads back: gain, left, top."""
    rows, columns = picture.shape[:2]
    gain = min(width / columns, height / rows)
    new_width, new_height = round(columns * gain), round(rows * gain)
    left, top = (width - new_width) // 2, (height - new_height) // 2
    canvas = np.full((height, width, 3), spec["pad"], np.uint8)
    canvas[top : top + new_height, left : left + new_width] = cv2.resize(
        picture, (new_width, new_height), interpolation=cv2.INTER_LINEAR
    )
    pixels = canvas if spec["order"] == "bgr" else canvas[..., ::-1]
    values = (pixels.astype(np.float32) - np.float32(spec["mean"])) / np.float32(spec["std"])
    return np.ascontiguousarray(values.transpose(2, 0, 1)[None]), gain, left, top


def decode(output, strides, width, height):
    """Boxes (xyxy in px of the input) and scores of all cells: [cells, 4], [cells, classes]."""
    corners = np.concatenate([
        np.stack(np.meshgrid(np.arange(width // s), np.arange(height // s)), -1).reshape(-1, 2) * s
        for s in strides
    ]).astype(np.float32)
    left, top, right, bottom = output[0, :4]
    x, y = corners.T
    return np.stack([x - left, y - top, x + right, y + bottom], 1), output[0, 4:].T


def suppress(boxes, scores, iou_threshold):
    """Indices that are kept, best first: greedy NMS."""
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        corner = np.maximum(boxes[best, :2], boxes[rest, :2])
        sides = np.maximum(0, np.minimum(boxes[best, 2:], boxes[rest, 2:]) - corner)
        shared = sides[:, 0] * sides[:, 1]
        union = areas[best] + areas[rest] - shared
        order = rest[shared <= iou_threshold * union]
    return kept


def detect(job):
    """Twice over: the best class of each cell, as Peerlens does it, and all classes, as papers do it."""
    session = onnxruntime.InferenceSession(job["model"], providers=["CPUExecutionProvider"])
    ways = {"one_class": [], "all_classes": []}
    for one in job["pictures"]:
        picture = cv2.imread(one["path"], cv2.IMREAD_COLOR)
        width, height = one["input_width_px"], one["input_height_px"]
        values, gain, left, top = letterbox(picture, job["input"], width, height)
        (output,) = session.run([job["head"]["outputs"][0]], {job["input"]["name"]: values})
        boxes, scores = decode(output, job["head"]["strides"], width, height)
        boxes = (boxes - np.float32([left, top, left, top])) / np.float32(gain)
        boxes = boxes.clip(0, np.tile(np.float32(picture.shape[1::-1]), 2))
        for way, counting in (
            ("one_class", np.where(scores == scores.max(1, keepdims=True), scores, 0)),
            ("all_classes", scores),
        ):
            for class_id, column in enumerate(counting.T):
                at = np.nonzero(column >= job["score_threshold"])[0]
                for index in at[suppress(boxes[at], column[at], job["iou_threshold"])]:
                    x, y, right, bottom = boxes[index].tolist()
                    ways[way].append({
                        "image_id": one["id"],
                        "category_id": class_id,
                        "bbox": [x, y, right - x, bottom - y],
                        "score": float(column[index]),
                    })
    return ways


# Evaluating


def evaluate(truths, picture_ids, detections):
    run = COCOeval(truths, truths.loadRes(detections), "bbox")
    run.params.imgIds = picture_ids
    run.evaluate()
    run.accumulate()
    run.summarize()
    return run


def figures(run):
    """Axes of `precision`: IoU, recall, class, size of object, most detections."""
    precision = run.eval["precision"][:, :, :, 0, -1]
    objects = np.zeros(precision.shape[2], int)
    for one in run.evalImgs:
        if one is not None and one["aRng"] == run.params.areaRng[0]:
            place = run.params.catIds.index(one["category_id"])
            objects[place] += np.count_nonzero(~np.asarray(one["gtIgnore"], bool))
    classes = [
        {
            "class": run.cocoGt.cats[class_id]["name"],
            "objects": int(objects[at]),
            "ap50_95": float(precision[:, :, at].mean()),
            "ap50": float(precision[0, :, at].mean()),
        }
        for at, class_id in enumerate(run.params.catIds) if objects[at] > 0
    ]
    ap, ap50, small, medium, large = (float(run.stats[at]) for at in (0, 1, 3, 4, 5))
    return {
        "ap50_95": ap, "ap50": ap50, "small_ap50_95": small, "medium_ap50_95": medium,
        "large_ap50_95": large, "classes": classes,
    }


def operating_points(run, class_ids):
    """Precision, recall and F1 at IoU 0.5 of what reaches each score."""
    scores, hits, objects = [], [], 0
    for one in run.evalImgs:
        if one is None or one["aRng"] != run.params.areaRng[0]:
            continue
        if one["category_id"] not in class_ids:
            continue
        counts = ~np.asarray(one["dtIgnore"][0], bool)
        scores.append(np.asarray(one["dtScores"])[counts])
        hits.append(np.asarray(one["dtMatches"][0])[counts] > 0)
        objects += np.count_nonzero(~np.asarray(one["gtIgnore"], bool))
    scores, hits = np.concatenate(scores), np.concatenate(hits)
    points = []
    for score in POINTS:
        right, found = int(hits[scores >= score].sum()), int((scores >= score).sum())
        points.append({
            "score": score,
            "precision": right / found if found else None,
            "recall": right / objects if objects else None,
            "f1": 2 * right / (found + objects) if found + objects else None,
        })
    return points


def main():
    job = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):
        truths = COCO(job["instances"])
        ids = [one["id"] for one in job["pictures"]]
        sources = {**job["detections"], **detect(job)}
        runs = {name: evaluate(truths, ids, found) for name, found in sources.items()}
    person = [at for at, one in truths.cats.items() if one["name"] == "person"]
    names = ("numpy", "onnxruntime", "opencv-python-headless", "pycocotools")
    json.dump({
        "versions": {name: importlib.metadata.version(name) for name in names},
        "figures": {name: figures(run) for name, run in runs.items()},
        "operating_points": {
            name: {
                "person": operating_points(runs[name], person),
                "all": operating_points(runs[name], list(truths.cats)),
            }
            for name in job["points_of"]
        },
    }, sys.stdout)


main()
