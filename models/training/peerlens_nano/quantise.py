"""Makes an int8 model of an exported one: static, calibrated on views, weights per channel.

The layers that turn bins into distances and logits into probabilities stay float: their rounding
would move boxes by whole pixels.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from .data import Views
from .geometry import grid_of


class ViewReader(CalibrationDataReader):
    """Cuts of views, one after another."""

    def __init__(self, views: Path, width_px: int, height_px: int, count: int) -> None:
        generator = torch.Generator().manual_seed(1)
        batch = Views(views, torch.device("cpu")).draw(count, grid_of(width_px, height_px), generator)
        self._pictures = iter(batch.pictures.contiguous().numpy())

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next input, `None` at the end."""
        picture = next(self._pictures, None)
        return None if picture is None else {"images": picture[None]}


def without_casts(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with its float16 weights as float32 again, which the quantiser asks for."""
    half = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in half]:
        tensor = half[node.input[0]]
        values = onnx.numpy_helper.to_array(tensor).astype(np.float32)
        tensor.CopyFrom(onnx.numpy_helper.from_array(values, node.output[0]))
        model.graph.node.remove(node)
    return model


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="peerlens-nano-WxH.onnx")
    parser.add_argument("--views", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=96, help="pictures to calibrate with")
    options = parser.parse_args()
    width, height = (int(side) for side in options.model.stem.rsplit("-", 1)[1].split("x"))
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = Path(folder) / "plain.onnx", Path(folder) / "prepared.onnx"
        onnx.save(without_casts(onnx.load(options.model)), plain)
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        graph = onnx.load(prepared).graph
        quantize_static(
            prepared,
            options.out,
            ViewReader(options.views, width, height, options.count),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            op_types_to_quantize=["Conv", "Relu", "Add", "Concat", "MaxPool", "Resize"],
            nodes_to_exclude=_outputs(graph),
        )
    print(f"{options.out}: {options.out.stat().st_size} bytes")


def _outputs(graph: onnx.GraphProto) -> list[str]:
    """The nodes behind the last convolutions, that is those that no convolution follows."""
    readers: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    before: set[str] = set()
    for node in reversed(graph.node):
        following = [reader for name in node.output for reader in readers.get(name, [])]
        if any(reader.op_type == "Conv" or reader.name in before for reader in following):
            before.add(node.name)
    return [node.name for node in graph.node if node.name not in before and node.op_type != "Conv"]


if __name__ == "__main__":
    main()
