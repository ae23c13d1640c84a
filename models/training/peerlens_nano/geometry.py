"""Cells of the four grids, and what crops and flips do to them.

A cell is known by its index among the cells of strides 8, 16, 32 and 64 in turn, each grid row by
row. Its point is its top left corner, `(column * stride, row * stride)` in pixels. Distances to the
left, top, right and bottom edge of a box start there, and are in strides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

STRIDES = (8, 16, 32, 64)

Floats = npt.NDArray[np.float32]
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Grid:
    """All cells of a picture of `width_px` × `height_px`.

    A side that is no multiple of 64 has a cell more where one begins, as strided convolutions have it.
    """

    width_px: int
    height_px: int

    @cached_property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Columns and rows per stride."""
        return tuple((-(-self.width_px // s), -(-self.height_px // s)) for s in STRIDES)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Index of the first cell per stride, and at the end the number of all."""
        starts = [0]
        for columns, rows in self.sizes:
            starts.append(starts[-1] + columns * rows)
        return tuple(starts)

    @property
    def cells(self) -> int:
        """How many there are."""
        return self.starts[-1]

    @cached_property
    def stride(self) -> Floats:
        """Stride of each cell in pixels, `[cells]`."""
        return np.concatenate(
            [np.full(c * r, s, np.float32) for s, (c, r) in zip(STRIDES, self.sizes, strict=True)]
        )

    @cached_property
    def column(self) -> Indices:
        """Column of each cell in its grid, `[cells]`."""
        return np.concatenate([np.tile(np.arange(c), r) for c, r in self.sizes]).astype(np.int64)

    @cached_property
    def row(self) -> Indices:
        """Row of each cell in its grid, `[cells]`."""
        return np.concatenate([np.repeat(np.arange(r), c) for c, r in self.sizes]).astype(np.int64)

    @cached_property
    def point_px(self) -> Floats:
        """X and y of each cell's point, `[cells, 2]`."""
        return np.stack([self.column * self.stride, self.row * self.stride], 1).astype(np.float32)


@lru_cache(maxsize=32)
def grid_of(width_px: int, height_px: int) -> Grid:
    """The grid of that size; made once."""
    return Grid(width_px, height_px)


@lru_cache(maxsize=256)
def crop_cells(view: Grid, crop: Grid, x_px: int, y_px: int, *, flip: bool = False) -> Indices:
    """Index in `crop` of each cell of `view`, −1 where it lies outside.

    `x_px`, `y_px` is where the crop begins: multiples of the largest stride, so that cells fall on
    cells. With `flip` the crop is mirrored after it is cut, left and right exchanged. What counts is
    where the point of a cell goes: it is the left edge of the cell and not its middle, so column 0 of
    a mirrored crop comes from the column just behind the crop, and not from its last one.

    Raises:
        ValueError: If the crop begins or ends between cells, or outside of the view.
    """
    if x_px % STRIDES[-1] or y_px % STRIDES[-1] or crop.width_px % STRIDES[-1]:
        raise ValueError(f"Cannot crop between cells: {x_px}, {y_px}")
    ends = x_px + crop.width_px, y_px + crop.height_px
    if x_px < 0 or y_px < 0 or ends[0] > view.width_px or ends[1] > view.height_px:
        raise ValueError(f"Cannot crop outside of the view: {x_px}, {y_px}")
    parts = []
    for stride, (columns, rows), (crop_columns, crop_rows), start in zip(
        STRIDES, view.sizes, crop.sizes, crop.starts[:-1], strict=True
    ):
        y, x = np.mgrid[:rows, :columns]
        x = ends[0] // stride - x if flip else x - x_px // stride
        y = y - y_px // stride
        inside = (x >= 0) & (y >= 0) & (x < crop_columns) & (y < crop_rows)
        parts.append(np.where(inside, start + y * crop_columns + x, -1).reshape(-1))
    return np.concatenate(parts).astype(np.int64)


def boxes_xyxy(points_px: Floats, distances_px: Floats) -> Floats:
    """Boxes in pixels from points and distances in pixels, `[n, 4]`."""
    return np.concatenate([points_px - distances_px[:, :2], points_px + distances_px[:, 2:]], 1)
