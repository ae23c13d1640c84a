"""Gradients of a batch by several replicas, each on a thread of its own.

On a busy machine threads that compute one layer together wait for each other at every layer, and
each costs more processor time; replicas meet once per step.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import nn

from .data import Batch
from .losses import Losses


class Replicas:
    """Copies of a network that share its weights' values but not its gradients.

    Batch normalisation sees each share for itself; the running means are the first replica's, which
    is the network.
    """

    def __init__(self, network: nn.Module, count: int, loss_of: Callable[[nn.Module, Batch], Losses]) -> None:
        self._networks = [network, *(copy.deepcopy(network) for _ in range(count - 1))]
        self._params = [list(one.parameters()) for one in self._networks]
        self._loss_of = loss_of
        # As many threads as there are, each with one thread of computation.
        self._pool = ThreadPoolExecutor(count, initializer=torch.set_num_threads, initargs=(1,))

    def backward(self, batch: Batch) -> list[Losses]:
        """Leaves the mean gradient in the network; the losses of each share."""
        shares = [
            Batch(*columns)
            for columns in zip(
                *(
                    column.chunk(len(self._networks))
                    for column in (batch.pictures, batch.probabilities, batch.distances, batch.counted)
                ),
                strict=True,
            )
        ]
        for params in self._params[1:]:
            with torch.no_grad():
                torch._foreach_copy_(params, self._params[0])
        losses = list(self._pool.map(self._one, self._networks[: len(shares)], shares))
        parts = [len(share.pictures) / len(batch.pictures) for share in shares]
        gradients = [[param.grad for param in params] for params in self._params[: len(shares)]]
        torch._foreach_mul_(gradients[0], parts[0])
        for part, more in zip(parts[1:], gradients[1:], strict=True):
            torch._foreach_add_(gradients[0], more, alpha=part)
        return losses

    def _one(self, network: nn.Module, share: Batch) -> Losses:
        network.zero_grad(set_to_none=True)
        losses = self._loss_of(network, share)
        losses.total.backward()
        return losses
