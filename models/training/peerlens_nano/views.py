"""Makes views: augmented pictures with what the teachers see in every cell.

A view is composed of one to four photographs. It is larger than what the student looks at, so that
the trainer can cut it in several ways along the cells, where the teachers' answers stay valid.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from .geometry import Floats, Grid, boxes_xyxy, grid_of
from .pictures import Photograph, read_photographs
from .teachers import Answer, Ensemble

PAD = 114
# Cells below are background: the teachers' low scores are mostly noise.
LEAST_PROBABILITY = 0.05
TOP_CLASSES = 8
# A teacher's box is of a marked object from here on.
SAME_OBJECT_IOU = 0.6


@dataclass
class Canvas:
    """A view in the making."""

    bgr: np.ndarray
    classes: list[int] = field(default_factory=list)
    boxes_xyxy: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True)
class Rect:
    """Whole pixels."""

    x: int
    y: int
    width: int
    height: int


def compose(photographs: list[Photograph], size_px: int, rng: random.Random) -> Canvas:
    """One view: a zoomed picture, a letterboxed one, or a mosaic of four."""
    canvas = Canvas(np.full((size_px, size_px, 3), PAD, np.uint8))
    kind = rng.random()
    if kind < 0.18:
        _fill(canvas, photographs, Rect(0, 0, size_px, size_px), rng)
        return canvas
    if kind < 0.32:
        _letterbox(canvas, photographs, rng)
        return canvas
    if kind < 0.65:
        # One large tile of about the student's input, and strips of others at two sides.
        width, height = rng.randint(256, 384), rng.randint(208, 336)
        split = (
            rng.choice([width, size_px - width]),
            rng.choice([height, size_px - height]),
        )
    else:
        split = rng.randint(112, size_px - 112), rng.randint(112, size_px - 112)
    for x, width in ((0, split[0]), (split[0], size_px - split[0])):
        for y, height in ((0, split[1]), (split[1], size_px - split[1])):
            # Nothing can be recognised in a narrow strip; at run time there is padding.
            if min(width, height) < 64 and rng.random() < 0.5:
                continue
            _fill(canvas, photographs, Rect(x, y, width, height), rng)
    return canvas


def _read(photographs: list[Photograph], rng: random.Random) -> tuple[Photograph, np.ndarray]:
    while True:
        photograph = rng.choice(photographs)
        bgr = cv2.imread(str(photograph.path))
        if bgr is not None:
            return photograph, bgr


def _fill(canvas: Canvas, photographs: list[Photograph], into: Rect, rng: random.Random) -> None:
    """Fills a tile with a part of a photograph, of nearly the same aspect ratio."""
    photograph, bgr = _read(photographs, rng)
    height, width = bgr.shape[:2]
    zoom = rng.choice([1.0, 1.0, rng.uniform(0.35, 1)])
    aspect = into.height / into.width * rng.uniform(0.8, 1.25)
    cut_width = min(width * zoom, height / aspect)
    cut_width, cut_height = max(32, int(cut_width)), max(32, int(cut_width * aspect))
    cut_width, cut_height = min(cut_width, width), min(cut_height, height)
    part = Rect(rng.randint(0, width - cut_width), rng.randint(0, height - cut_height), cut_width, cut_height)
    _place(canvas, photograph, bgr, part, into)


def _letterbox(canvas: Canvas, photographs: list[Photograph], rng: random.Random) -> None:
    """Places a whole photograph somewhere, as at run time."""
    photograph, bgr = _read(photographs, rng)
    height, width = bgr.shape[:2]
    size = canvas.bgr.shape[0]
    gain = min(320 / width, 288 / height) * rng.uniform(0.7, 1.15)
    placed_width, placed_height = min(size, int(width * gain)), min(size, int(height * gain))
    into = Rect(
        rng.randint(0, size - placed_width),
        rng.randint(0, size - placed_height),
        placed_width,
        placed_height,
    )
    _place(canvas, photograph, bgr, Rect(0, 0, width, height), into)


def _place(canvas: Canvas, photograph: Photograph, bgr: np.ndarray, part: Rect, into: Rect) -> None:
    """Scales a part of a photograph into a tile, and its boxes with it."""
    cut = bgr[part.y : part.y + part.height, part.x : part.x + part.width]
    way = cv2.INTER_AREA if part.width > into.width else cv2.INTER_LINEAR
    canvas.bgr[into.y : into.y + into.height, into.x : into.x + into.width] = cv2.resize(
        cut, (into.width, into.height), interpolation=way
    )
    gain_x, gain_y = into.width / part.width, into.height / part.height
    height, width = bgr.shape[:2]
    for class_id, (x, y, w, h) in zip(photograph.classes, photograph.boxes_xywh, strict=True):
        whole = [
            (x * width - part.x) * gain_x,
            (y * height - part.y) * gain_y,
            ((x + w) * width - part.x) * gain_x,
            ((y + h) * height - part.y) * gain_y,
        ]
        bounds = (into.width, into.height)
        seen = [min(max(edge, 0.0), bounds[at % 2]) for at, edge in enumerate(whole)]
        area = (seen[2] - seen[0]) * (seen[3] - seen[1])
        if area < 0.5 * (whole[2] - whole[0]) * (whole[3] - whole[1]) or area < 64:
            continue
        canvas.classes.append(class_id)
        canvas.boxes_xyxy.append([edge + (into.y if at % 2 else into.x) for at, edge in enumerate(seen)])


def believe_people(answer: Answer, canvas: Canvas, grid: Grid) -> Floats:
    """Probabilities, raised where a teacher's box is one that a person marked.

    To the geometric mean of the probability and the IoU, so that the cells keep their order and those
    in which the teachers see nothing stay background. Never lowered: the marks are not complete.
    """
    if not canvas.classes:
        return answer.probabilities
    probabilities = answer.probabilities.copy()
    boxes = boxes_xyxy(grid.point_px, answer.distances * grid.stride[:, None])
    for class_id, marked in zip(canvas.classes, np.array(canvas.boxes_xyxy, np.float32), strict=True):
        low = np.maximum(boxes[:, :2], marked[:2])
        high = np.minimum(boxes[:, 2:], marked[2:])
        shared = (high - low).clip(0).prod(1)
        union = (boxes[:, 2:] - boxes[:, :2]).prod(1) + (marked[2:] - marked[:2]).prod() - shared
        iou = shared / np.maximum(union, 1e-6)
        here = (iou > SAME_OBJECT_IOU) & (answer.probabilities.max(1) > 2 * LEAST_PROBABILITY)
        raised = np.sqrt(probabilities[here, class_id] * iou[here])
        probabilities[here, class_id] = np.maximum(probabilities[here, class_id], raised)
    return probabilities


class PartWriter:
    """Collects targets of one part and writes `img_PART.npy`, then `tgt_PART.npz`.

    The pictures are uint8 RGB `[views, size, size, 3]`. Of each view's cells above the least
    probability: `cell`, the classes and probabilities of the best eight, and the distances in
    strides; `ptr[n]:ptr[n + 1]` are those of view n. A part counts when its targets are there.
    """

    def __init__(self, folder: Path, part: str, views: int, size_px: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._target = folder / f"tgt_{part}.npz"
        self._pictures = np.lib.format.open_memmap(
            folder / f"img_{part}.npy", "w+", np.uint8, (views, size_px, size_px, 3)
        )
        self._ptr = [0]
        self._columns: dict[str, list[np.ndarray]] = {"cell": [], "cls": [], "prob": [], "dist": []}

    def add(self, bgr: np.ndarray, probabilities: Floats, distances: Floats) -> None:
        """The next view."""
        cells = np.nonzero(probabilities.max(1) > LEAST_PROBABILITY)[0]
        rows = probabilities[cells]
        best = np.argpartition(-rows, TOP_CLASSES, 1)[:, :TOP_CLASSES]
        self._pictures[len(self._ptr) - 1] = bgr[:, :, ::-1]
        self._columns["cell"].append(cells.astype(np.uint16))
        self._columns["cls"].append(best.astype(np.uint8))
        self._columns["prob"].append(np.take_along_axis(rows, best, 1).astype(np.float16))
        self._columns["dist"].append(distances[cells].astype(np.float16))
        self._ptr.append(self._ptr[-1] + len(cells))

    def close(self) -> None:
        """Writes the targets, under their name only when complete."""
        self._pictures.flush()
        partial = self._target.with_suffix(".partial.npz")
        columns = {name: np.concatenate(rows) for name, rows in self._columns.items()}
        np.savez(partial, ptr=np.array(self._ptr, np.int64), **columns)
        partial.rename(self._target)


@dataclass(frozen=True)
class Job:
    """Which views to make, and of what."""

    pictures: Path
    teachers: list[Path]
    weights: list[float] | None
    out: Path
    parts: list[int]
    views: int
    seed: int


def make_parts(job: Job) -> None:
    """Writes the parts that are not there yet."""
    cv2.setNumThreads(1)
    photographs = read_photographs(job.pictures)
    ensemble = Ensemble(job.teachers, job.weights)
    grid = grid_of(ensemble.size_px, ensemble.size_px)
    for number in job.parts:
        if (job.out / f"tgt_{number:03}.npz").exists():
            continue
        # Each part has its own seed, so that parts can be made in any order.
        rng = random.Random(f"{job.seed}/{number}")
        writer = PartWriter(job.out, f"{number:03}", job.views, ensemble.size_px)
        started = time.monotonic()
        for _ in range(job.views):
            canvas = compose(photographs, ensemble.size_px, rng)
            answer = ensemble.look(canvas.bgr)
            writer.add(canvas.bgr, believe_people(answer, canvas, grid), answer.distances)
        writer.close()
        rate = job.views / (time.monotonic() - started)
        print(f"part {number:03}: {job.views} views, {rate:.1f} views/s", flush=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=Path, required=True, help="folder of folders with *.webp")
    parser.add_argument("--teacher", type=Path, action="append", required=True, help="NanoDet-plus ONNX")
    parser.add_argument("--weight", type=float, action="append", help="of each teacher, in their order")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--parts", type=int, default=20, help="those there already are kept")
    parser.add_argument("--views", type=int, default=500, help="of each part")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    jobs = [
        Job(
            options.pictures,
            options.teacher,
            options.weight,
            options.out,
            list(range(first, options.parts, options.processes)),
            options.views,
            options.seed,
        )
        for first in range(options.processes)
    ]
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        pool.map(make_parts, jobs, chunksize=1)


if __name__ == "__main__":
    main()
