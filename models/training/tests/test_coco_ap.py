"""Our average precision against pycocotools, on random boxes with crowds, ties and duplicates."""

from __future__ import annotations

import contextlib
import io
import random

import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from peerlens_nano.coco_ap import Found, Truth, average_precision

SIDE, PICTURES, CLASSES = 400, 14, 5


def random_boxes(seed: int) -> tuple[list[Truth], list[Found]]:
    """Objects of all sizes, found well, badly, twice and not at all."""
    rng = random.Random(seed)
    truths, found = [], []

    def box() -> tuple[float, float, float, float]:
        top = rng.choice([24, 80, 240])
        width, height = rng.uniform(6, top), rng.uniform(6, top)
        return rng.uniform(0, SIDE - width), rng.uniform(0, SIDE - height), width, height

    for picture in range(PICTURES):
        for _ in range(rng.randrange(8)):
            class_id, xywh = rng.randrange(CLASSES - 1), box()
            truths.append(Truth(picture, class_id, xywh, rng.random() < 0.12))
            for _ in range(rng.choice([0, 1, 1, 2])):
                share = rng.choice([0.02, 0.08, 0.2])
                _, _, w, h = xywh
                moved = tuple(
                    v + s * rng.uniform(-share, share) for v, s in zip(xywh, (w, h, w, h), strict=True)
                )
                found.append(Found(picture, class_id, moved, round(rng.uniform(0.3, 1), 2)))
        for _ in range(rng.randrange(6)):
            found.append(Found(picture, rng.randrange(CLASSES), box(), round(rng.uniform(0, 0.8), 2)))
    for at in range(110):
        found.append(Found(0, 0, box(), round(0.9 - at * 0.005, 3)))
    rng.shuffle(found)
    return truths, found


def reference(truths: list[Truth], found: list[Found], classes: list[int] | None = None) -> list[float]:
    """AP, AP50, AP75, AP small, medium, large."""
    coco = COCO()
    coco.dataset = {
        "images": [{"id": at, "width": SIDE, "height": SIDE} for at in range(PICTURES)],
        "categories": [{"id": at, "name": str(at)} for at in range(CLASSES)],
        "annotations": [
            {
                "id": at,
                "image_id": one.picture,
                "category_id": one.class_id,
                "bbox": list(one.box_xywh),
                "area": one.box_xywh[2] * one.box_xywh[3],
                "iscrowd": int(one.crowd),
            }
            for at, one in enumerate(truths, 1)
        ],
    }
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        results = coco.loadRes(
            [
                {
                    "image_id": one.picture,
                    "category_id": one.class_id,
                    "bbox": list(one.box_xywh),
                    "score": one.score,
                }
                for one in found
            ]
        )
        run = COCOeval(coco, results, "bbox")
        if classes is not None:
            run.params.catIds = classes
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run.stats.tolist()


@pytest.mark.parametrize("seed", range(6))
def test_equals_pycocotools(seed: int) -> None:
    truths, found = random_boxes(seed)
    expected = reference(truths, found)
    ours = average_precision(truths, found)
    assert [ours.ap, ours.ap50] == pytest.approx(expected[:2], abs=1e-12)
    for area, value in zip(("small", "medium", "large"), expected[3:6], strict=True):
        ap = average_precision(truths, found, area).ap
        assert (-1 if ap is None else ap) == pytest.approx(value, abs=1e-12)
    one = average_precision(truths, found, classes=[0])
    assert one.ap == pytest.approx(reference(truths, found, [0])[0], abs=1e-12)


def test_nothing_to_find_is_no_figure() -> None:
    assert average_precision([], [Found(0, 0, (0, 0, 9, 9), 1.0)]).ap is None
