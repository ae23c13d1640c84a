"""peerlens-nano: a small anchor-free detector of dense 3×3 convolutions, strides 8, 16, 32 and 64.

Dense convolutions, because onnxruntime-web runs them several times faster per multiplication than
depthwise ones; ReLU, because it costs nothing there.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .teachers import BINS, CLASSES

# Probability of 0.01 at the start: nearly all cells are background.
CLASS_BIAS = -4.6


class ConvUnit(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.add_module("conv", nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False))
        self.add_module("norm", nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.03))
        self.add_module("act", nn.ReLU(inplace=True))


class Residual(nn.Module):
    """Two 3×3 convolutions and a way around them."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvUnit(channels, channels, 3)
        self.second = ConvUnit(channels, channels, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        return x + self.second(self.first(x))


class SplitStage(nn.Module):
    """Half of the channels go through blocks, and the output of every block is joined (CSP, C2f)."""

    def __init__(self, inputs: int, outputs: int, blocks: int, *, residual: bool) -> None:
        super().__init__()
        self.half = outputs // 2
        self.enter = ConvUnit(inputs, outputs)
        self.blocks = nn.ModuleList(
            Residual(self.half) if residual else ConvUnit(self.half, self.half, 3) for _ in range(blocks)
        )
        self.leave = ConvUnit(self.half * (2 + blocks), outputs)

    def forward(self, x: Tensor) -> Tensor:
        """`[n, inputs, h, w]` to `[n, outputs, h, w]`."""
        x = self.enter(x)
        parts = [x[:, : self.half], x[:, self.half :]]
        for block in self.blocks:
            parts.append(block(parts[-1]))
        return self.leave(torch.cat(parts, 1))


class PyramidPool(nn.Module):
    """Maxima over growing neighbourhoods (SPPF): sees most of the picture."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.enter = ConvUnit(channels, channels // 2)
        self.leave = ConvUnit(channels * 2, channels)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Same shape."""
        x = self.enter(x)
        once = self.pool(x)
        twice = self.pool(once)
        return self.leave(torch.cat([x, once, twice, self.pool(twice)], 1))


class Head(nn.Module):
    """Distances as bins, and class logits, of one stride."""

    def __init__(self, channels: int, classes: int, hidden: int) -> None:
        super().__init__()
        self.box = nn.Sequential(ConvUnit(channels, hidden, 3), nn.Conv2d(hidden, 4 * BINS, 1))
        self.score = nn.Sequential(ConvUnit(channels, hidden, 3), nn.Conv2d(hidden, classes, 1))
        nn.init.constant_(self.score[-1].bias, CLASS_BIAS)
        nn.init.constant_(self.box[-1].bias, 1.0)

    def forward(self, x: Tensor) -> Tensor:
        """`[n, 4 * bins + classes, h, w]`."""
        return torch.cat([self.box(x), self.score(x)], 1)


class Network(nn.Module):
    """Backbone, a neck of two ways, a head per stride. 1.47 million weights."""

    def __init__(self, classes: int = CLASSES) -> None:
        super().__init__()
        neck = 64
        self.stem = ConvUnit(3, 16, 3, 2)
        self.stage4 = nn.Sequential(ConvUnit(16, 32, 3, 2), SplitStage(32, 32, 1, residual=True))
        self.stage8 = nn.Sequential(ConvUnit(32, 64, 3, 2), SplitStage(64, 64, 2, residual=True))
        self.stage16 = nn.Sequential(ConvUnit(64, 128, 3, 2), SplitStage(128, 128, 2, residual=True))
        self.stage32 = nn.Sequential(
            ConvUnit(128, 192, 3, 2), SplitStage(192, 192, 1, residual=True), PyramidPool(192)
        )
        self.side32, self.side16, self.side8 = ConvUnit(192, neck), ConvUnit(128, neck), ConvUnit(64, neck)
        self.up16 = SplitStage(neck, neck, 1, residual=False)
        self.up8 = SplitStage(neck, neck, 1, residual=False)
        self.to16, self.to32, self.to64 = (ConvUnit(neck, neck, 3, 2) for _ in range(3))
        self.down16 = SplitStage(neck, neck, 1, residual=False)
        self.down32 = SplitStage(neck, neck, 1, residual=False)
        self.heads = nn.ModuleList(Head(neck, classes, neck) for _ in range(4))
        self.upsample = nn.Upsample(scale_factor=2, mode="nearest")

    def forward(self, x: Tensor) -> list[Tensor]:
        """Of RGB in 0–1, `[n, 3, h, w]` with sides that are multiples of 64: a map per stride."""
        c8 = self.stage8(self.stage4(self.stem(x)))
        c16 = self.stage16(c8)
        p32 = self.side32(self.stage32(c16))
        p16 = self.up16(self.side16(c16) + self.upsample(p32))
        p8 = self.up8(self.side8(c8) + self.upsample(p16))
        n16 = self.down16(p16 + self.to16(p8))
        n32 = self.down32(p32 + self.to32(n16))
        n64 = self.to64(n32)
        return [head(level) for head, level in zip(self.heads, (p8, n16, n32, n64), strict=True)]


def flatten_maps(maps: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Bins `[n, cells, 4, 8]` and class logits `[n, cells, classes]`, float32, from the network's maps."""
    flat = torch.cat([level.flatten(2).transpose(1, 2) for level in maps], 1).float()
    return flat[..., : 4 * BINS].unflatten(-1, (4, BINS)), flat[..., 4 * BINS :]
