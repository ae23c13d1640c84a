"""Muon for the convolutions, AdamW for everything else.

Muon makes each step of a weight matrix orthogonal, so that rare directions are learned as fast as
common ones. Its authors report fewer steps than with AdamW; the two were not compared here.
Source: K. Jordan, "Muon: An optimizer for hidden layers" (2024); scale of Liu et al., "Muon is
scalable for LLM training" (2025), with which one learning rate does for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

# Of a polynomial that takes all singular values near 1 in five rounds; Jordan's.
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
ROUNDS = 5
# Root mean square of AdamW's steps, relative to the learning rate.
ADAMW_RMS = 0.2


def orthogonalised(matrices: Tensor) -> Tensor:
    """Nearly the nearest semi-orthogonal matrices, `[n, rows, columns]`."""
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        gram = x @ x.transpose(1, 2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(1, 2) if tall else x


class Muon(torch.optim.Optimizer):
    """For convolution weights, each as a matrix `[outputs, inputs * kernel]`."""

    def __init__(
        self, params: Iterable[Tensor], lr: float, momentum: float = 0.95, weight_decay: float = 0.0
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """One step from the gradients."""
        del closure
        for group in self.param_groups:
            shapes: dict[torch.Size, list[Tensor]] = {}
            for param in group["params"]:
                if param.grad is not None:
                    shapes.setdefault(param.shape, []).append(param)
            for params in shapes.values():
                self._step_alike(params, group)

    def _step_alike(self, params: list[Tensor], group: dict[str, Any]) -> None:
        """Of one shape at once: many small products are slow."""
        directions = []
        for param in params:
            momentum = self.state[param].setdefault("momentum", torch.zeros_like(param))
            momentum.lerp_(param.grad, 1 - group["momentum"])
            directions.append(param.grad.lerp(momentum, group["momentum"]).flatten(1))
        steps = orthogonalised(torch.stack(directions))
        scale = ADAMW_RMS * max(steps.shape[1:]) ** 0.5
        for param, step in zip(params, steps, strict=True):
            param.mul_(1 - group["lr"] * group["weight_decay"])
            param.add_(step.view_as(param), alpha=-group["lr"] * scale)


def make_optimisers(
    network: nn.Module, kind: str, lr: float, weight_decay: float
) -> list[torch.optim.Optimizer]:
    """`muon` (with AdamW for what is no inner convolution) or `adamw`. All param groups hold `base_lr`."""
    inner, outer, plain = [], [], []
    for name, param in network.named_parameters():
        if param.ndim < 2:
            plain.append(param)
        elif kind == "muon" and name.endswith("conv.weight") and not name.startswith("stem."):
            inner.append(param)
        else:
            outer.append(param)
    groups = [{"params": outer, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]
    optimisers: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.99), fused=True)
    ]
    if inner:
        optimisers.append(Muon(inner, lr, weight_decay=weight_decay))
    return optimisers
