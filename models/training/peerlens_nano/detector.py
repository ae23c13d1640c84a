"""Runs any model of the manifest on a picture, with onnxruntime: for evaluation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort

from .geometry import Floats, grid_of

MODELS = Path(__file__).parents[2]
# As in bench/accuracy: YOLOX's own evaluation thins out like this, and others nearly so.
SCORE_THRESHOLD, IOU_THRESHOLD, MAX_DETECTIONS = 0.01, 0.65, 300


@dataclass(frozen=True)
class Placement:
    """How a picture lies in the input."""

    gain_x: float
    gain_y: float
    pad_x: int
    pad_y: int


@dataclass(frozen=True)
class Detections:
    """Of one picture, best first."""

    boxes_xyxy: Floats
    """In pixels of the picture, `[n, 4]`."""
    scores: Floats
    classes: np.ndarray


def read_entry(name: str) -> dict[str, Any]:
    """The manifest's entry of that id."""
    manifest = json.loads((MODELS / "manifest.json").read_text("utf-8"))
    for entry in manifest["models"]:
        if entry["id"] == name:
            return entry
    raise ValueError(f"Cannot find the model in manifest.json: {name}")


def find_file(entry: dict[str, Any], folders: list[Path]) -> Path:
    """The model's file in the first folder that has it."""
    for folder in [MODELS, *folders]:
        if (folder / entry["file"]).exists():
            return folder / entry["file"]
    raise FileNotFoundError(f"Cannot find {entry['file']}: name its folder with --models")


def place(bgr: np.ndarray, settings: dict[str, Any]) -> tuple[Floats, Placement]:
    """The input `[1, 3, h, w]`, and where the picture lies in it."""
    width, height = settings["widthPx"], settings["heightPx"]
    picture_height, picture_width = bgr.shape[:2]
    if settings["placement"] == "stretch":
        size, pad_x, pad_y = (width, height), 0, 0
    else:
        gain = min(width / picture_width, height / picture_height)
        size = round(picture_width * gain), round(picture_height * gain)
        centred = settings["placement"] == "center"
        pad_x = (width - size[0]) // 2 if centred else 0
        pad_y = (height - size[1]) // 2 if centred else 0
    canvas = np.full((height, width, 3), settings["pad"], np.uint8)
    canvas[pad_y : pad_y + size[1], pad_x : pad_x + size[0]] = cv2.resize(bgr, size)
    if settings["order"] == "rgb":
        canvas = canvas[:, :, ::-1]
    mean, std = np.float32(settings["mean"]), np.float32(settings["std"])
    planes = ((canvas.astype(np.float32) - mean) / std).transpose(2, 0, 1)[None]
    placement = Placement(size[0] / picture_width, size[1] / picture_height, pad_x, pad_y)
    return np.ascontiguousarray(planes), placement


class Detector:
    """One model file and how its entry says that it is read."""

    def __init__(self, path: Path, entry: dict[str, Any], threads: int = 2) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._entry = entry

    def detect(
        self,
        bgr: np.ndarray,
        score_threshold: float = SCORE_THRESHOLD,
        iou_threshold: float = IOU_THRESHOLD,
    ) -> Detections:
        """What is in a picture."""
        planes, placement = place(bgr, self._entry["input"])
        head = self._entry["head"]
        output = self.session.run([head["name"]], {self._entry["input"]["name"]: planes})[0][0]
        boxes, scores = HEADS[head["kind"]](output, self._entry)
        # One class per cell, as the product has it.
        classes, best = scores.argmax(1), scores.max(1)
        cells = np.nonzero(best > score_threshold)[0]
        classes, best = classes[cells], best[cells]
        # More than this many candidates are never kept, and suppression is quadratic.
        first = np.argsort(-best, kind="stable")[:4000]
        cells, classes, best = cells[first], classes[first], best[first]
        xyxy = (boxes[cells] - np.float32([placement.pad_x, placement.pad_y] * 2)) / np.float32(
            [placement.gain_x, placement.gain_y] * 2
        )
        height, width = bgr.shape[:2]
        xyxy = xyxy.clip(0, np.float32([width, height] * 2))
        kept = suppress(xyxy, best, classes, iou_threshold)
        return Detections(xyxy[kept], best[kept], classes[kept])


def suppress(
    boxes_xyxy: Floats, scores: Floats, classes: np.ndarray, iou_threshold: float = IOU_THRESHOLD
) -> list[int]:
    """Class-wise NMS; indices of what stays, best first."""
    if len(scores) == 0:
        return []
    apart = boxes_xyxy.astype(np.float64) + classes[:, None] * 8192.0
    xywh = np.concatenate([apart[:, :2], apart[:, 2:] - apart[:, :2]], 1)
    kept = cv2.dnn.NMSBoxes(xywh.tolist(), scores.tolist(), 0.0, iou_threshold)
    return sorted(np.array(kept).reshape(-1).tolist(), key=lambda at: -scores[at])[:MAX_DETECTIONS]


Head = Callable[[Floats, dict[str, Any]], tuple[Floats, Floats]]


def _from_ltrb(output: Floats, entry: dict[str, Any]) -> tuple[Floats, Floats]:
    grid = grid_of(entry["input"]["widthPx"], entry["input"]["heightPx"])
    distances = output[:4].T
    points = grid.point_px
    return np.concatenate([points - distances[:, :2], points + distances[:, 2:]], 1), output[4:].T


def _from_nanodet(output: Floats, entry: dict[str, Any]) -> tuple[Floats, Floats]:
    grid = grid_of(entry["input"]["widthPx"], entry["input"]["heightPx"])
    classes = entry["head"]["classes"]
    bins = np.exp(output[:, classes:].reshape(len(output), 4, -1))
    steps = np.arange(bins.shape[-1], dtype=np.float32)
    distances = (bins @ steps) / bins.sum(-1) * grid.stride[:, None]
    points = grid.point_px
    boxes = np.concatenate([points - distances[:, :2], points + distances[:, 2:]], 1)
    return boxes, output[:, :classes]


def _from_yolox(output: Floats, entry: dict[str, Any]) -> tuple[Floats, Floats]:
    grid = grid_of(entry["input"]["widthPx"], entry["input"]["heightPx"])
    cells = grid.starts[3]
    stride = grid.stride[:cells, None]
    centre = output[:, :2] * stride + grid.point_px[:cells]
    size = np.exp(output[:, 2:4]) * stride
    return _from_centres(centre, size), output[:, 5:] * output[:, 4:5]


def _from_yolov5(output: Floats, _entry: dict[str, Any]) -> tuple[Floats, Floats]:
    return _from_centres(output[:, :2], output[:, 2:4]), output[:, 5:] * output[:, 4:5]


def _from_yolov8(output: Floats, _entry: dict[str, Any]) -> tuple[Floats, Floats]:
    return _from_centres(output[:2].T, output[2:4].T), output[4:].T


def _from_centres(centre: Floats, size: Floats) -> Floats:
    return np.concatenate([centre - size / 2, centre + size / 2], 1)


HEADS: dict[str, Head] = {
    "ltrb": _from_ltrb,
    "nanodet": _from_nanodet,
    "yolox": _from_yolox,
    "yolov5": _from_yolov5,
    "yolov8": _from_yolov8,
}
