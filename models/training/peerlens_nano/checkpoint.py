"""Checkpoints: everything that a run needs to go on as if it had not stopped."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn

FORMAT = 1


def save(path: Path, state: dict[str, Any]) -> None:
    """Writes at once or not at all: a run may be killed at any moment."""
    partial = path.with_suffix(".partial")
    torch.save({"format": FORMAT, **state}, partial)
    os.replace(partial, path)


def load(path: Path) -> dict[str, Any]:
    """What `save` wrote, on the CPU.

    Raises:
        ValueError: If it is of another format.
    """
    state = torch.load(path, map_location="cpu", weights_only=True)
    if state.get("format") != FORMAT:
        raise ValueError(f"Cannot read the checkpoint: {path} is of format {state.get('format')}")
    return state


class Average:
    """Moving average of a network's weights (EMA); buffers are those of the network."""

    def __init__(self, network: nn.Module, average: nn.Module, decay: float) -> None:
        self._decay = decay
        self.module = average.eval().requires_grad_(False)
        self.module.load_state_dict(network.state_dict())
        ours, theirs = dict(average.state_dict()), dict(network.state_dict())
        floats = [name for name, value in ours.items() if value.dtype.is_floating_point]
        self._ours = [ours[name] for name in floats]
        self._theirs = [theirs[name] for name in floats]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """After step number `step`, from 1 on. The average is short at first."""
        decay = min(self._decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self._ours, self._theirs, 1 - decay)
