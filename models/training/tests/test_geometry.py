"""Cells, cuts and mirrors: errors here teach wrong boxes and nothing else shows it."""

from __future__ import annotations

import numpy as np
import pytest

from peerlens_nano.geometry import STRIDES, boxes_xyxy, crop_cells, grid_of

VIEW = grid_of(416, 416)
CROP = grid_of(320, 256)


def test_points_are_the_corners_of_cells_row_by_row() -> None:
    grid = grid_of(128, 64)
    assert grid.sizes == ((16, 8), (8, 4), (4, 2), (2, 1))
    assert grid.cells == 128 + 32 + 8 + 2
    assert grid.point_px[:2].tolist() == [[0, 0], [8, 0]]
    assert grid.point_px[16].tolist() == [0, 8]
    assert grid.point_px[128 + 9].tolist() == [16, 16]
    assert grid.point_px[-1].tolist() == [64, 0]
    assert grid.stride[-1] == 64


def test_a_side_that_is_no_multiple_has_a_cell_more() -> None:
    assert VIEW.sizes == ((52, 52), (26, 26), (13, 13), (7, 7))
    assert VIEW.cells == 3598


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (64, 0), (0, 128), (64, 64)])
def test_a_box_stays_where_it_is_in_the_picture(x: int, y: int, *, flip: bool) -> None:
    """Oracle: move the box itself, and compare with what each mapped cell says."""
    rng = np.random.default_rng(1)
    mapped = crop_cells(VIEW, CROP, x, y, flip=flip)
    here = np.nonzero(mapped >= 0)[0]
    distances_px = rng.uniform(1, 90, (VIEW.cells, 4)).astype(np.float32)
    boxes = boxes_xyxy(VIEW.point_px, distances_px)[here] - np.float32([x, y, x, y])
    moved = distances_px[here]
    if flip:
        boxes = np.stack([320 - boxes[:, 2], boxes[:, 1], 320 - boxes[:, 0], boxes[:, 3]], 1)
        moved = moved[:, [2, 1, 0, 3]]
    cells = mapped[here]
    assert np.allclose(boxes_xyxy(CROP.point_px[cells], moved), boxes, atol=1e-3)
    assert (CROP.stride[cells] == VIEW.stride[here]).all()


@pytest.mark.parametrize("flip", [False, True])
def test_every_cell_of_a_cut_has_one_source(*, flip: bool) -> None:
    mapped = crop_cells(VIEW, CROP, 64, 128, flip=flip)
    assert sorted(mapped[mapped >= 0].tolist()) == list(range(CROP.cells))


def test_a_mirror_of_a_mirror_is_the_picture() -> None:
    """The mirrored point of column c is that of `columns - c`, so column 0 has no partner inside."""
    whole = grid_of(320, 256)
    mirror = crop_cells(whole, whole, 0, 0, flip=True)
    inside = np.nonzero(mirror >= 0)[0]
    assert (mirror[mirror[inside]] == inside).all()
    assert (whole.column[mirror < 0] == 0).all()


@pytest.mark.parametrize(("x", "y"), [(32, 0), (0, 8), (128, 0), (0, 192), (-64, 0)])
def test_cuts_between_cells_or_outside_are_refused(x: int, y: int) -> None:
    with pytest.raises(ValueError, match="Cannot crop"):
        crop_cells(VIEW, CROP, x, y)


def test_strides_divide_each_other() -> None:
    assert all(STRIDES[-1] % stride == 0 for stride in STRIDES)
