#!/usr/bin/env python3
"""Writes NanoDet-m as one ONNX file that takes any picture whose sides are multiples of 32 px.

    convert.py nanodet.json OUT.onnx     (nanodet.bin lies beside nanodet.json)

Source: the TensorFlow.js graph in the npm package `@vladmandic/human`, whose weights are those of
RangiLyu/nanodet. It is walked backwards from its three heads. Tensors with four axes are kept as
[1, channels, height, width] all the way, so that its transpositions cost nothing.

Input  `images`: float32 [1, 3, height, width], BGR, (pixel - mean) / std.
Output `output`: float32 [1, 84, cells], cells of strides 8, 16, 32 in turn, row by row: distances to the
left, top, right and bottom side in px from the cell's corner, then 80 scores in [0, 1].
"""
import base64
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

STRIDES = (8, 16, 32)
CLASSES = 80
BINS = 8  # of each distance: 0 to 7 strides

# Smaller arrays stay float32: biases gain nothing and lose accuracy.
HALF_FROM_ELEMENTS = 64

# No operator here is younger, and every runtime since 2021 reads it.
OPSET = 14
IR_VERSION = 8

# The two resizings on the way down of the network's pyramid; the others double.
HALVING = {"PartitionedCall/resize_2/ResizeBilinear", "PartitionedCall/resize_3/ResizeBilinear"}


def read_weights(path: Path, manifest: list) -> dict[str, np.ndarray]:
    """All constants of the graph. Float weights are stored as float16 and widened."""
    weights = {}
    for group in manifest:
        data = b"".join((path.parent / name).read_bytes() for name in group["paths"])
        at = 0
        for entry in group["weights"]:
            stored = entry["quantization"]["dtype"] if "quantization" in entry else entry["dtype"]
            count = int(np.prod(entry["shape"], dtype=np.int64))
            values = np.frombuffer(data, stored, count, at)
            at += values.nbytes
            if stored == "float16":
                values = values.astype(np.float32)
            weights[entry["name"]] = values.reshape(entry["shape"])
        if at != len(data):
            raise ValueError(f"{group['paths']}: {len(data)} bytes, expected {at}")
    return weights


@dataclass
class Value:
    """A tensor of the new graph, or a constant, or a step of a pattern that is written as one node."""

    name: str = ""
    channels: int = 0
    constant: np.ndarray | None = None
    # A convolution's input, attributes and weights, so that a bias can be added to it.
    convolution: tuple | None = None
    # Padding that the next node takes over: top, left, bottom, right.
    pads: tuple = (0, 0, 0, 0)
    # Inside a channel shuffle: how many groups.
    groups: int = 0
    is_swapped: bool = False


class Converter:
    def __init__(self, path: Path):
        model = json.loads(path.read_text())
        self.weights = read_weights(path, model["weightsManifest"])
        self.source = {node["name"]: node for node in model["modelTopology"]["node"]}
        self.nodes: list = []
        self.constants: dict[tuple, onnx.TensorProto] = {}
        self.done: dict[tuple, Value] = {("input_1", 0): Value("images", 3)}

    # Writing

    def constant(self, values: np.ndarray) -> str:
        """Its name; equal ones are written once."""
        values = np.ascontiguousarray(values)
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self.constants:
            name = f"constant_{len(self.constants)}"
            self.constants[key] = numpy_helper.from_array(values, name)
        return self.constants[key].name

    def emit(self, operator: str, inputs: list[str], channels: int = 0, outputs=None, **attributes):
        outputs = outputs or [f"{operator.lower()}_{len(self.nodes)}"]
        self.nodes.append(
            helper.make_node(operator, inputs, outputs, name=outputs[0], **attributes)
        )
        return Value(outputs[0], channels)

    # Reading

    def value(self, reference: str) -> Value:
        name, _, port = reference.partition(":")
        key = (name, int(port or 0))
        if key not in self.done:
            if name in self.weights:
                self.done[key] = Value(constant=self.weights[name])
            else:
                results = self.convert(self.source[name])
                for at, result in enumerate(results if isinstance(results, list) else [results]):
                    self.done[name, at] = result
        return self.done[key]

    def convert(self, node: dict):
        convert = getattr(self, f"on_{node['op']}", None)
        if convert is None:
            raise NotImplementedError(f"{node['op']}: {node['name']}")
        return convert(node, node.get("input", []), node.get("attr", {}))

    # Operators

    def on_Identity(self, _node, inputs, _attr):
        return self.value(inputs[0])

    def on_Conv2D(self, node, inputs, attr):
        return self.convolve(self.value(inputs[0]), self.value(inputs[1]).constant, attr, 1)

    def on_DepthwiseConv2dNative(self, node, inputs, attr):
        # TF: [height, width, channels, multiplier].
        kernel = self.value(inputs[1]).constant.transpose(0, 1, 3, 2)
        return self.convolve(self.value(inputs[0]), kernel, attr, kernel.shape[3])

    def convolve(self, x: Value, kernel, attr, groups: int) -> Value:
        """`kernel`: [height, width, inputs of a group, outputs]."""
        kernel = kernel.transpose(3, 2, 0, 1)
        size = kernel.shape[2:]
        strides = window(attr["strides"])
        pads = tuple(a + b for a, b in zip(x.pads, same_pads(attr, size, strides)))
        attributes = dict(kernel_shape=size, strides=strides, pads=pads, group=groups)
        return self.write_convolution(x.name, kernel, None, attributes)

    def write_convolution(self, name, kernel, bias, attributes) -> Value:
        inputs = [name, self.constant(kernel)]
        if bias is not None:
            inputs.append(self.constant(bias))
        value = self.emit("Conv", inputs, kernel.shape[0], **attributes)
        value.convolution = (name, kernel, bias, attributes)
        return value

    def on_Add(self, node, inputs, _attr):
        a, b = (self.value(reference) for reference in inputs)
        if a.constant is not None:
            a, b = b, a
        if b.constant is None:
            return self.emit("Add", [a.name, b.name], a.channels)
        if a.convolution is None or a.convolution[2] is not None:
            raise NotImplementedError(f"a constant added to no convolution: {node['name']}")
        name, kernel, _, attributes = a.convolution
        # The node without a bias is left out of the file, as nothing reads it any more.
        bias = np.broadcast_to(b.constant.reshape(-1), (kernel.shape[0],)).astype(np.float32)
        return self.write_convolution(name, kernel, bias, attributes)

    on_AddV2 = on_Add

    def on_LeakyRelu(self, _node, inputs, attr):
        x = self.value(inputs[0])
        return self.emit("LeakyRelu", [x.name], x.channels, alpha=float(attr["alpha"]["f"]))

    def on_MaxPool(self, _node, inputs, attr):
        x = self.value(inputs[0])
        size, strides = window(attr["ksize"]), window(attr["strides"])
        # What is padded before a maximum is the least number there is, as in ONNX.
        pads = tuple(a + b for a, b in zip(x.pads, same_pads(attr, size, strides)))
        return self.emit(
            "MaxPool", [x.name], x.channels, kernel_shape=size, strides=strides, pads=pads
        )

    def on_Pad(self, _node, inputs, _attr):
        x = self.value(inputs[0])
        before_after = self.value(inputs[1]).constant.astype(int)
        # Four axes in the source's order of the moment; only the two of the picture are padded.
        (top, bottom), (left, right) = [pair for pair in before_after if pair.any()] or [(0, 0)] * 2
        return Value(x.name, x.channels, pads=(int(top), int(left), int(bottom), int(right)))

    on_PadV2 = on_Pad

    def on_ConcatV2(self, _node, inputs, _attr):
        values = [self.value(reference) for reference in inputs[:-1]]
        channels = sum(value.channels for value in values)
        return self.emit("Concat", [value.name for value in values], channels, axis=1)

    def on_SplitV(self, _node, inputs, _attr):
        x = self.value(inputs[0])
        sizes = [int(size) for size in self.value(inputs[1]).constant]
        outputs = [f"split_{len(self.nodes)}_{at}" for at in range(len(sizes))]
        self.emit("Split", [x.name, self.constant(np.array(sizes, np.int64))], 0, outputs, axis=1)
        return [Value(name, size) for name, size in zip(outputs, sizes)]

    def on_ResizeBilinear(self, node, inputs, attr):
        x = self.value(inputs[0])
        if not attr["half_pixel_centers"]["b"] or attr["align_corners"]["b"]:
            raise NotImplementedError(node["name"])
        factor = 0.5 if node["name"] in HALVING else 2.0
        scales = self.constant(np.array([1, 1, factor, factor], np.float32))
        return self.emit(
            "Resize",
            [x.name, "", scales],
            x.channels,
            mode="linear",
            coordinate_transformation_mode="half_pixel",
        )

    # The channel shuffle of ShuffleNet: [1, c, h, w] -> [1, 2, c/2, h, w] -> [1, c/2, 2, h, w] ->
    # [1, c, h, w]. It moves whole channels, so one Gather does it, whatever height and width are.

    def on_Reshape(self, node, inputs, _attr):
        x = self.value(inputs[0])
        if x.groups == 0:
            return Value(x.name, x.channels, pads=x.pads, groups=2)
        if not x.is_swapped:
            raise NotImplementedError(node["name"])
        order = np.arange(x.channels).reshape(x.groups, -1).T.reshape(-1)
        return self.emit("Gather", [x.name, self.constant(order)], x.channels, axis=1)

    def on_Transpose(self, node, inputs, _attr):
        x = self.value(inputs[0])
        order = [int(axis) for axis in self.value(inputs[1]).constant]
        if x.groups != 0:
            if order != [0, 2, 1, 3, 4]:
                raise NotImplementedError(node["name"])
            return Value(x.name, x.channels, groups=x.groups, is_swapped=True)
        # Between the two orders of the axes, of which only one is written.
        if order not in ([0, 2, 3, 1], [0, 3, 1, 2]):
            raise NotImplementedError(node["name"])
        return x

    # Heads

    def head(self, reference: str, stride: int) -> str:
        """One stride's cells: [1, 84, cells]."""

        def reshape(value: Value, *shape: int) -> Value:
            return self.emit("Reshape", [value.name, self.constant(np.array(shape, np.int64))])

        scores = self.emit("Sigmoid", [self.value(reference).name])
        scores = reshape(scores, 1, CLASSES, -1)
        bins = reshape(self.value(f"{reference}:1"), 4, BINS, -1)
        shares = self.emit("Softmax", [bins.name], axis=1)
        # The mean bin in px is a 1x1 convolution over the bins.
        px = np.arange(BINS, dtype=np.float32).reshape(1, BINS, 1) * stride
        means = self.emit("Conv", [shares.name, self.constant(px)], kernel_shape=[1])
        distances = reshape(means, 1, 4, -1)
        # The network counts from the cell's centre.
        half = np.float32(stride / 2)
        offsets = np.array([-half, -half, half, half], np.float32).reshape(1, 4, 1)
        distances = self.emit("Add", [distances.name, self.constant(offsets)])
        return self.emit("Concat", [distances.name, scores.name], axis=1).name

    def model(self) -> onnx.ModelProto:
        # Behind each head is a split in scores and bins; the number at its end counts upwards.
        sigmoids = [node for node in self.source.values() if node["op"] == "Sigmoid"]
        heads = sorted((node["input"][0] for node in sigmoids), key=lambda n: int(n.rsplit("_", 1)[1]))
        parts = [self.head(reference, stride) for reference, stride in zip(heads, STRIDES, strict=True)]
        self.emit("Concat", parts, 0, ["output"], axis=2)

        live, nodes = {"output"}, []
        for node in reversed(self.nodes):
            if live & set(node.output):
                nodes.insert(0, node)
                live |= set(node.input)
        constants = [tensor for tensor in self.constants.values() if tensor.name in live]
        casts, constants = halved(constants)
        tensor = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        graph = helper.make_graph(
            casts + nodes,
            "nanodet-m",
            [tensor("images", [1, 3, "height", "width"])],
            [tensor("output", [1, 4 + CLASSES, "cells"])],
            constants,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = IR_VERSION
        model.producer_name = "peerlens models/nanodet/convert.py"
        return model


def window(attribute) -> list[int]:
    """Height and width of an attribute that names all four axes, channels last."""
    return [int(size) for size in attribute["list"]["i"]][1:3]


def same_pads(attr, size, strides) -> tuple:
    """TF's padding SAME, for sides that `strides` divides: top, left, bottom, right."""
    if decoded(attr["padding"]["s"]) != "SAME":
        return (0, 0, 0, 0)
    total = [max(kernel - stride, 0) for kernel, stride in zip(size, strides)]
    return (*(t // 2 for t in total), *(t - t // 2 for t in total))


def decoded(text) -> str:
    return bytes(text).decode() if isinstance(text, list) else base64.b64decode(text).decode()


def halved(constants: list) -> tuple[list, list]:
    """Large float weights as float16 with a cast, which runtimes work out once when they load."""
    casts, stored = [], []
    for tensor in constants:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < HALF_FROM_ELEMENTS:
            stored.append(tensor)
            continue
        half = f"{tensor.name}_half"
        stored.append(numpy_helper.from_array(values.astype(np.float16), half))
        cast = f"{tensor.name}_cast"
        casts.append(helper.make_node("Cast", [half], [tensor.name], cast, to=TensorProto.FLOAT))
    return casts, stored


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    model = Converter(Path(sys.argv[1])).model()
    onnx.checker.check_model(model, full_check=True)
    Path(sys.argv[2]).write_bytes(model.SerializeToString(deterministic=True))


main()
