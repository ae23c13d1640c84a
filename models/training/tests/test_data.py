"""Batches against a slow twin, and views against their photographs."""

from __future__ import annotations

import random
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from peerlens_nano.data import Views
from peerlens_nano.geometry import boxes_xyxy, grid_of
from peerlens_nano.pictures import Photograph, read_photographs
from peerlens_nano.teachers import Answer
from peerlens_nano.views import Canvas, PartWriter, believe_people, compose

SIZE = 416
VIEW = grid_of(SIZE, SIZE)


def write_part(folder: Path, name: str, *, views: int = 4) -> None:
    """Views of one bright box on black each, with the answer of a perfect teacher at cells inside."""
    rng = np.random.default_rng(len(name))
    writer = PartWriter(folder, name, views, SIZE)
    for view in range(views):
        x0, y0 = rng.integers(100, 180, 2)
        x1, y1 = x0 + rng.integers(60, 120), y0 + rng.integers(60, 120)
        bgr = np.zeros((SIZE, SIZE, 3), np.uint8)
        bgr[y0:y1, x0:x1] = 255
        point = VIEW.point_px
        inside = (point > [x0, y0]).all(1) & (point < [x1, y1]).all(1)
        edges = np.stack([point[:, 0] - x0, point[:, 1] - y0, x1 - point[:, 0], y1 - point[:, 1]], 1).astype(
            np.float32
        )
        inside &= (edges <= 7 * VIEW.stride[:, None]).all(1)
        probabilities = np.zeros((VIEW.cells, 80), np.float32)
        probabilities[inside, view % 3] = 0.9
        writer.add(bgr, probabilities, edges / VIEW.stride[:, None])
    writer.close()


def test_targets_of_cut_and_mirrored_views_lie_on_what_is_drawn(tmp_path: Path) -> None:
    write_part(tmp_path, "000", views=12)
    views = Views(tmp_path, torch.device("cpu"))
    crop = grid_of(320, 256)
    batch = views.draw(48, crop, torch.Generator().manual_seed(2))
    checked = 0
    for at in range(48):
        bright = batch.pictures[at].mean(0).numpy() > 0.25
        rows, columns = np.nonzero(bright)
        drawn = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        sure = (batch.probabilities[at].amax(-1) > 0.5).numpy()
        counted = sure & (batch.counted[at].numpy() > 0)
        pixels = batch.distances[at].numpy() * crop.stride[:, None]
        boxes = boxes_xyxy(crop.point_px, pixels)[counted]
        # float16 of up to 7 strides of 64 px.
        assert np.abs(boxes - drawn).max(initial=0) < 0.3
        checked += len(boxes)
    assert checked > 1000


def test_draws_depend_on_the_generator_alone(tmp_path: Path) -> None:
    write_part(tmp_path, "000")
    views = Views(tmp_path, torch.device("cpu"))
    one, other, third = (
        views.draw(5, grid_of(256, 256), torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(one.pictures, other.pictures)
    assert torch.equal(one.probabilities, other.probabilities)
    assert not torch.equal(one.pictures, third.pictures)


def test_new_parts_are_taken_in_and_unfinished_ones_are_not(tmp_path: Path) -> None:
    write_part(tmp_path, "000")
    views = Views(tmp_path, torch.device("cpu"))
    PartWriter(tmp_path, "001", 4, SIZE)
    assert not views.refresh()
    write_part(tmp_path, "001")
    assert views.refresh()
    assert len(views) == 8


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Cannot find views"):
        Views(tmp_path, torch.device("cpu"))


def test_marked_boxes_lie_where_the_photograph_shows_them(tmp_path: Path) -> None:
    """A red rectangle, marked; wherever it is put, the box is around what is red."""
    picture = np.zeros((240, 320, 3), np.uint8)
    picture[60:180, 80:240] = (0, 0, 255)
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    marked = Photograph(tmp_path / "a.png", (5,), np.float32([[0.25, 0.25, 0.5, 0.5]]))
    rng = random.Random(3)
    seen = 0
    for _ in range(60):
        canvas = compose([marked], SIZE, rng)
        red = (canvas.bgr[..., 2] > 128) & (canvas.bgr[..., 0] < 100)
        for x0, y0, x1, y1 in canvas.boxes_xyxy:
            x0, y0, x1, y1 = round(x0), round(y0), round(x1), round(y1)
            assert red[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3].all()
            seen += 1
    assert seen > 40


def test_marks_raise_only_cells_that_saw_that_box() -> None:
    box = [96.0, 96.0, 224.0, 224.0]
    point = VIEW.point_px
    edges = np.stack([point[:, 0] - 96, point[:, 1] - 96, 224 - point[:, 0], 224 - point[:, 1]], 1)
    probabilities = np.full((VIEW.cells, 80), 0.01, np.float32)
    here, elsewhere, blind = 20 * 52 + 20, 3, 20 * 52 + 22
    probabilities[here, 7] = probabilities[elsewhere, 7] = 0.25
    answer = Answer(probabilities, (edges / VIEW.stride[:, None]).astype(np.float32))
    answer.distances[elsewhere] = 1
    canvas = Canvas(np.zeros((SIZE, SIZE, 3), np.uint8), [7], [box])
    raised = believe_people(answer, canvas, VIEW)
    assert raised[here, 7] == pytest.approx(0.5, abs=1e-3)
    assert raised[elsewhere, 7] == pytest.approx(0.25)
    assert raised[blind, 7] == pytest.approx(0.01)
    assert (raised >= probabilities).all()


def test_photographs_and_their_marks_are_read(photographs: Path) -> None:
    found = read_photographs(photographs)
    assert len(found) == len({photograph.path for photograph in found})
    boxes = np.concatenate([photograph.boxes_xywh for photograph in found])
    assert len(boxes) > 1000
    assert (boxes[:, :2] >= 0).all()
    assert ((boxes[:, :2] + boxes[:, 2:]) <= 1.01).all()
