"""Writes the network as ONNX: weights stored as float16 and cast back at load, float32 arithmetic.

Input `images` `[1, 3, height, width]` float32: RGB in 0–1, letterboxed. Output `output`
`[1, 84, cells]`: distances to the left, top, right and bottom edge in pixels from each cell's point,
then 80 class probabilities.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from . import checkpoint
from .geometry import STRIDES, Grid, grid_of
from .network import Network
from .teachers import BINS

OPSET = 17
# Smaller tensors are shapes and constants, which must stay exact.
LEAST_WEIGHTS = 256


class Decoded(nn.Module):
    """The network with distances in pixels and probabilities."""

    def __init__(self, network: Network, grid: Grid) -> None:
        super().__init__()
        self.network = network
        self._cells = [columns * rows for columns, rows in grid.sizes]
        self.register_buffer("steps", torch.arange(BINS, dtype=torch.float32).view(1, 1, BINS, 1))

    def forward(self, images: Tensor) -> Tensor:
        """`[1, 84, cells]`."""
        outputs = []
        for level, stride, cells in zip(self.network(images), STRIDES, self._cells, strict=True):
            bins = level[:, : 4 * BINS].reshape(1, 4, BINS, cells)
            scores = level[:, 4 * BINS :].reshape(1, -1, cells)
            distances = (bins.softmax(2) * self.steps).sum(2) * stride
            outputs.append(torch.cat([distances, scores.sigmoid()], 1))
        return torch.cat(outputs, 2)


def export(network: Network, path: Path, width_px: int, height_px: int) -> None:
    """Writes one file for one input size."""
    grid = grid_of(width_px, height_px)
    model = Decoded(network.eval(), grid).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (torch.rand(1, 3, height_px, width_px),),
            str(path),
            input_names=["images"],
            output_names=["output"],
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.save(store_half(onnx.load(path)), path)


def store_half(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its weights as float16, and a cast for each, in place."""
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size > LEAST_WEIGHTS:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
            casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    return model


def load_network(path: Path, which: str = "average") -> Network:
    """The network of a checkpoint: the average of its weights, if there is one."""
    state = checkpoint.load(path)
    network = Network()
    network.load_state_dict(state.get(which, state["network"]))
    return network.eval()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder")
    parser.add_argument("--sizes", default="320x256,320x320")
    options = parser.parse_args()
    network = load_network(options.checkpoint)
    options.out.mkdir(parents=True, exist_ok=True)
    for size in options.sizes.split(","):
        width, height = (int(side) for side in size.split("x"))
        path = options.out / f"peerlens-nano-{size}.onnx"
        export(network, path, width, height)
        print(f"{path}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
