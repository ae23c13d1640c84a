"""Batches from views: cut along the cells, mirrored, recoloured, on whichever device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .geometry import STRIDES, Grid, crop_cells, grid_of
from .teachers import CLASSES

# A class is there when a cell is at least so sure.
PRESENT = 0.4
# Views of a class that is in fewer than so many of all are drawn more often, at most so many times.
COMMON_SHARE = 0.05
MOST_OFTEN = 5.0
# A box of which less is left after the cut is not looked at: the teachers saw more than is there.
LEAST_VISIBLE = 0.4


@dataclass(frozen=True)
class Batch:
    """What the student sees, and what it should answer."""

    pictures: Tensor
    """RGB in 0–1, `[n, 3, h, w]`."""
    probabilities: Tensor
    """`[n, cells, 80]`."""
    distances: Tensor
    """In strides, `[n, cells, 4]`."""
    counted: Tensor
    """1 where a cell counts, otherwise 0, `[n, cells]`."""


@dataclass(frozen=True)
class _Part:
    pictures: Tensor
    ptr: Tensor
    cell: Tensor
    classes: Tensor
    probabilities: Tensor
    distances: Tensor


class Views:
    """The parts in a folder.

    On a GPU everything lies in its memory, pictures as uint8; on a CPU pictures stay in memory maps.
    All randomness comes from the generator given, on the CPU, so that a resumed run draws the same.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        self._folder = folder
        self._device = device
        self._parts: dict[str, _Part] = {}
        self._owner = torch.zeros(0, dtype=torch.int64)
        self._weights = torch.zeros(0)
        self._list: list[_Part] = []
        self._cell_maps: dict[tuple[Grid, tuple[int, int, bool]], Tensor] = {}
        self.refresh()
        if not self._parts:
            raise FileNotFoundError(f"Cannot find views: {folder}/tgt_*.npz")

    def __len__(self) -> int:
        return len(self._owner)

    def refresh(self) -> bool:
        """Takes in parts that were written since; whether there were any."""
        names = sorted(
            path.stem.removeprefix("tgt_")
            for path in self._folder.glob("tgt_*.npz")
            if not path.stem.endswith(".partial")
        )
        new = [name for name in names if name not in self._parts]
        for name in new:
            self._parts[name] = self._load(name)
        if new:
            self._parts = dict(sorted(self._parts.items()))
            self._list = list(self._parts.values())
            counts = [len(part.pictures) for part in self._list]
            self._owner = torch.cat(
                [torch.stack([torch.full((n,), at), torch.arange(n)], 1) for at, n in enumerate(counts)]
            )
            self._weights = _rarity(self._list)
        return bool(new)

    def _load(self, name: str) -> _Part:
        pictures = torch.from_numpy(np.load(self._folder / f"img_{name}.npy", mmap_mode="c"))
        with np.load(self._folder / f"tgt_{name}.npz") as target:
            columns = [
                torch.from_numpy(target[column].astype(kind))
                for column, kind in (
                    ("ptr", np.int64),
                    ("cell", np.int32),
                    ("cls", np.uint8),
                    ("prob", np.float16),
                    ("dist", np.float16),
                )
            ]
        ptr, *columns = columns
        if self._device.type != "cpu":
            pictures = pictures.to(self._device)
            columns = [column.to(self._device) for column in columns]
        # Where a view's cells begin is asked for by Python, so it stays here.
        return _Part(pictures, ptr, *columns)

    def _cell_map(self, view: Grid, crop: Grid, way: tuple[int, int, bool]) -> Tensor:
        """`crop_cells` on the device; made once."""
        key = (crop, way)
        if key not in self._cell_maps:
            x, y, flip = way
            mapped = torch.from_numpy(crop_cells(view, crop, x, y, flip=flip))
            self._cell_maps[key] = mapped.to(self._device)
        return self._cell_maps[key]

    def draw(self, count: int, crop: Grid, generator: torch.Generator) -> Batch:
        """A batch of `count` cuts of the size of `crop`."""
        picked = torch.multinomial(self._weights, count, replacement=True, generator=generator)
        view = grid_of(self._list[0].pictures.shape[2], self._list[0].pictures.shape[1])
        steps_x = (view.width_px - crop.width_px) // STRIDES[-1] + 1
        steps_y = (view.height_px - crop.height_px) // STRIDES[-1] + 1
        x = torch.randint(steps_x, (count,), generator=generator) * STRIDES[-1]
        y = torch.randint(steps_y, (count,), generator=generator) * STRIDES[-1]
        flip = torch.rand(count, generator=generator) < 0.5
        ways = list(zip(x.tolist(), y.tolist(), flip.tolist(), strict=True))
        raw = torch.empty(count, crop.height_px, crop.width_px, 3, dtype=torch.uint8, device=self._device)
        maps, cells, classes, probabilities, distances, owner = [], [], [], [], [], []
        for at, ((part_at, index), (left, top, mirrored)) in enumerate(
            zip(self._owner[picked].tolist(), ways, strict=True)
        ):
            part = self._list[part_at]
            cut = part.pictures[index, top : top + crop.height_px, left : left + crop.width_px]
            raw[at] = cut.flip(1) if mirrored else cut
            first, last = part.ptr[index : index + 2].tolist()
            cell_map = self._cell_map(view, crop, (left, top, mirrored))
            maps.append(cell_map[part.cell[first:last].long()])
            cells.append(last - first)
            classes.append(part.classes[first:last])
            probabilities.append(part.probabilities[first:last])
            flipped = part.distances[first:last]
            distances.append(flipped[:, [2, 1, 0, 3]] if mirrored else flipped)
            owner.append(torch.full((last - first,), at, device=self._device))
        target = _dense(
            crop,
            count,
            torch.cat(owner),
            torch.cat(maps),
            torch.cat(classes).long(),
            torch.cat(probabilities).float(),
            torch.cat(distances).float(),
        )
        return Batch(_recolour(raw, generator), *target)


def _dense(
    crop: Grid,
    count: int,
    owner: Tensor,
    cell: Tensor,
    classes: Tensor,
    probabilities: Tensor,
    distances: Tensor,
) -> tuple[Tensor, Tensor, Tensor]:
    """Targets of all cells from those of the cells above the least probability."""
    device = owner.device
    inside = cell >= 0
    owner, cell, classes = owner[inside], cell[inside], classes[inside]
    probabilities, distances = probabilities[inside], distances[inside]
    stride = torch.from_numpy(crop.stride).to(device)[cell]
    point = torch.from_numpy(crop.point_px).to(device)[cell] / stride[:, None]
    size = torch.tensor([crop.width_px, crop.height_px], device=device) / stride[:, None]
    # Boxes end where the picture does, as the teachers have it.
    shown = torch.minimum(distances, torch.cat([point, size - point], 1)).clamp_min(0)
    area = (distances[:, 0] + distances[:, 2]) * (distances[:, 1] + distances[:, 3])
    left = (shown[:, 0] + shown[:, 2]) * (shown[:, 1] + shown[:, 3])
    row = owner * crop.cells + cell
    dense = torch.zeros(count * crop.cells * CLASSES, device=device)
    dense[(row[:, None] * CLASSES + classes).reshape(-1)] = probabilities.reshape(-1)
    edges = torch.zeros(count * crop.cells, 4, device=device)
    edges[row] = shown
    counted = torch.ones(count * crop.cells, device=device)
    counted[row] = (left >= LEAST_VISIBLE * area).float()
    return (
        dense.view(count, crop.cells, CLASSES),
        edges.view(count, crop.cells, 4),
        counted.view(count, crop.cells),
    )


def _recolour(raw: Tensor, generator: torch.Generator) -> Tensor:
    """Brightness, contrast and colour cast as one gain and one offset per picture and channel; some grey."""
    count, device = len(raw), raw.device

    def between(low: float, high: float, *shape: int) -> Tensor:
        drawn = torch.rand(count, *shape, generator=generator) * (high - low) + low
        return drawn.to(device)

    contrast, bright, cast = (
        between(0.7, 1.3, 1, 1, 1),
        between(0.7, 1.3, 1, 1, 1),
        between(0.88, 1.12, 1, 1, 3),
    )
    grey = (torch.rand(count, generator=generator) < 0.08).to(device)
    pictures = raw.float()
    mean = pictures[:, ::8, ::8].mean((1, 2), keepdim=True)
    if grey.any():
        pictures[grey] = pictures[grey].mean(-1, keepdim=True).expand(-1, -1, -1, 3)
    gain = bright * cast
    pictures.mul_(contrast * gain / 255).add_(mean * gain * (1 - contrast) / 255).clamp_(0, 1)
    return pictures.permute(0, 3, 1, 2)


def _rarity(parts: list[_Part]) -> Tensor:
    """How often each view is to be drawn, relative to the others: more, the rarer its rarest class."""
    rows = []
    for part in parts:
        counts = (part.ptr[1:] - part.ptr[:-1]).cpu()
        view = torch.repeat_interleave(torch.arange(len(counts)), counts)
        sure = part.probabilities.cpu() > PRESENT
        present = torch.zeros(len(counts), CLASSES)
        present[view[:, None].expand_as(sure)[sure], part.classes.cpu()[sure].long()] = 1
        rows.append(present)
    present = torch.cat(rows)
    often = (COMMON_SHARE / present.mean(0).clamp_min(1e-6)).sqrt().clamp(1, MOST_OFTEN)
    # A view without anything is worth half: background is in all the others, too.
    return (present * often).amax(1).clamp_min(0.5)
