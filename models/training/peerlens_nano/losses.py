"""Losses of dense distillation: every cell is to answer as the teachers did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .data import Batch
from .teachers import BINS

# Cells that are at least so sure have a box worth learning.
BOX_PROBABILITY = 0.15
# The class loss is divided by the sum of the probabilities above.
SURE_PROBABILITY = 0.3
GIOU_WEIGHT, BINS_WEIGHT = 2.0, 0.5


@dataclass(frozen=True)
class Losses:
    """Means over a batch."""

    total: Tensor
    classes: Tensor
    giou: Tensor
    bins: Tensor


def quality_focal(logits: Tensor, probabilities: Tensor, counted: Tensor) -> Tensor:
    """Sum over cells and classes of cross entropy, weighted with the squared error.

    Source: Generalized Focal Loss (Li et al. 2020), with soft labels in all classes.
    """
    weight = (logits.sigmoid() - probabilities).square().detach() * counted[..., None]
    entropy = F.binary_cross_entropy_with_logits(logits, probabilities, reduction="none")
    return (entropy * weight).sum()


def box_giou(a: Tensor, b: Tensor) -> Tensor:
    """Generalised IoU of boxes that share a point, told as distances from it, `[n, 4]` each."""
    low, high = torch.minimum(a, b), torch.maximum(a, b)

    def area(edges: Tensor) -> Tensor:
        return (edges[:, 0] + edges[:, 2]) * (edges[:, 1] + edges[:, 3])

    # Both contain the point, so the shared box and the hull do as well.
    shared, hull = area(low), area(high) + 1e-7
    union = area(a) + area(b) - shared + 1e-7
    return shared / union - (hull - union) / hull


def distillation(
    bins: Tensor,
    logits: Tensor,
    batch: Batch,
    focal: Callable[[Tensor, Tensor, Tensor], Tensor] = quality_focal,
) -> Losses:
    """All losses of a batch. `focal` may be a compiled `quality_focal`."""
    best = batch.probabilities.amax(-1) * batch.counted
    sure = best[best > SURE_PROBABILITY].sum().clamp_min(1)
    classes = focal(logits, batch.probabilities, batch.counted) / sure
    boxed = best > BOX_PROBABILITY
    weight = best[boxed]
    share = weight / weight.sum().clamp_min(1e-6)
    raw = bins[boxed]
    wanted = batch.distances[boxed].clamp(0, BINS - 1 - 1e-3)
    steps = torch.arange(BINS, dtype=raw.dtype, device=raw.device)
    giou = ((1 - box_giou(raw.softmax(-1) @ steps, wanted)) * share).sum()
    # Distribution focal loss: both bins beside the distance, by their nearness.
    below = wanted.long()
    part = wanted - below
    log = raw.log_softmax(-1)
    near = log.gather(-1, below[..., None])[..., 0] * (1 - part)
    far = log.gather(-1, below[..., None] + 1)[..., 0] * part
    distribution = -((near + far).mean(-1) * share).sum()
    return Losses(classes + GIOU_WEIGHT * giou + BINS_WEIGHT * distribution, classes, giou, distribution)
