"""The ONNX file answers as the network does, and the decoder finds what the file says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch

from peerlens_nano.detector import HEADS, place, read_entry, suppress
from peerlens_nano.export import Decoded, export
from peerlens_nano.geometry import grid_of
from peerlens_nano.network import Network, flatten_maps
from peerlens_nano.picture_hash import near_pairs
from peerlens_nano.teachers import BINS


def network() -> Network:
    """Random weights with a mean and a variance that are not those of the start."""
    torch.manual_seed(3)
    net = Network().train()
    for _ in range(3):
        net(torch.rand(2, 3, 128, 128))
    for head in net.heads:
        torch.nn.init.constant_(head.score[-1].bias, 0.0)
    return net.eval()


@pytest.mark.parametrize(("width", "height"), [(320, 256), (128, 192)])
def test_file_equals_network(tmp_path: Path, width: int, height: int) -> None:
    net = network()
    # What is stored as float16 is compared in float16's values.
    for param in net.parameters():
        param.data = param.data.half().float()
    path = tmp_path / "net.onnx"
    export(net, path, width, height)
    picture = torch.rand(1, 3, height, width)
    with torch.no_grad():
        expected = Decoded(net, grid_of(width, height))(picture).numpy()
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    output = session.run(None, {"images": picture.numpy()})[0]
    assert output.shape == (1, 84, grid_of(width, height).cells)
    # Normalisation is folded into the weights before they are rounded.
    assert np.abs(output[:, :4] - expected[:, :4]).max() < 1.0
    assert np.abs(output[:, 4:] - expected[:, 4:]).max() < 0.01


def test_file_is_small_and_self_contained(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    export(network(), path, 320, 256)
    assert path.stat().st_size < 4_000_000
    model = onnx.load(path)
    assert [i.name for i in model.graph.input] == ["images"]
    assert [o.name for o in model.graph.output] == ["output"]
    assert model.opset_import[0].version == 17


def test_rows_are_in_the_order_of_cells() -> None:
    """What the losses train at a cell is what the decoder reads there."""
    net, grid = network(), grid_of(128, 64)
    picture = torch.rand(1, 3, 64, 128)
    with torch.no_grad():
        bins, logits = flatten_maps(net(picture))
        output = Decoded(net, grid)(picture)[0].numpy()
    steps = torch.arange(BINS, dtype=torch.float32)
    distances = (bins[0].softmax(-1) @ steps).numpy() * grid.stride[:, None]
    assert np.allclose(output[:4].T, distances, atol=1e-3)
    assert np.allclose(output[4:].T, logits[0].sigmoid().numpy(), atol=1e-5)
    entry = read_entry("peerlens-nano")
    sized = {**entry, "input": {**entry["input"], "widthPx": 128, "heightPx": 64}}
    boxes, scores = HEADS["ltrb"](output, sized)
    at = 128 + 9
    assert boxes[at] == pytest.approx(
        [16 - distances[at, 0], 16 - distances[at, 1], 16 + distances[at, 2], 16 + distances[at, 3]],
        abs=1e-3,
    )
    assert scores.shape == (grid.cells, 80)


def test_pictures_are_letterboxed_in_the_middle_with_grey() -> None:
    bgr = np.full((100, 400, 3), (10, 20, 30), np.uint8)
    planes, placement = place(bgr, read_entry("peerlens-nano")["input"])
    assert planes.shape == (1, 3, 256, 320)
    assert (placement.gain_x, placement.pad_x, placement.pad_y) == (0.8, 0, 88)
    assert planes[0, :, 0, 0] == pytest.approx(114 / 255)
    assert planes[0, :, 128, 160] == pytest.approx(np.array([30, 20, 10]) / 255)


def test_suppression_is_by_class() -> None:
    boxes = np.float32([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 10], [50, 50, 60, 60]])
    kept = suppress(boxes, np.float32([0.5, 0.9, 0.4, 0.3]), np.array([1, 1, 2, 1]))
    assert kept == [1, 2, 3]


@pytest.mark.slow
def test_no_photograph_is_an_evaluation_picture(photographs: Path, assets: Path) -> None:
    evaluation = [*(assets / "eval").glob("*/images/*.jpg"), *(assets / "images").glob("*.jpg")]
    assert len(evaluation) > 100
    training = sorted(photographs.glob("*/*.webp"))
    assert len(training) > 1000
    assert near_pairs(training, evaluation) == []


def test_hashes_find_a_mirrored_copy(tmp_path: Path) -> None:
    import cv2

    rng = np.random.default_rng(1)
    picture = cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (320, 240))
    other = cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (320, 240))
    paths = [tmp_path / name for name in ("a.webp", "b.webp", "mirror.jpg")]
    for path, one in zip(paths, (picture, other, picture[:, ::-1]), strict=True):
        cv2.imwrite(str(path), cv2.resize(one, (200, 150)) if path.suffix == ".jpg" else one)
    assert near_pairs(paths[:2], paths[2:]) == [(paths[0], paths[2])]
