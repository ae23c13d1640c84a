"""A run that was stopped goes on as if it had not; losses and steps do what they say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from peerlens_nano import checkpoint
from peerlens_nano.data import Batch, Views
from peerlens_nano.geometry import grid_of
from peerlens_nano.losses import Losses, box_giou, quality_focal
from peerlens_nano.network import Network
from peerlens_nano.optimiser import make_optimisers, orthogonalised
from peerlens_nano.replicas import Replicas
from peerlens_nano.train import Trainer, learning_rate, parse, run

from .test_data import write_part

ROOT = Path(__file__).parents[1]
# Two sizes, so that which one comes next is part of what has to go on.
COMMON = ["--sizes", "128x64,64x64", "--batch", "2", "--no-compile", "--no-bf16", "--device", "cpu"]


def arguments(folder: Path, name: str, *more: str) -> list[str]:
    return ["--views", str(folder / "views"), "--run", str(folder / name), *COMMON, *more]


def test_resumed_run_equals_the_uninterrupted_one(tmp_path: Path) -> None:
    write_part(tmp_path / "views", "000")
    run(parse(arguments(tmp_path, "whole", "--steps", "6")))
    config = parse(arguments(tmp_path, "halves", "--steps", "6"))
    config.run.mkdir()
    first = Trainer(config)
    views = Views(config.views, config.device)
    for _ in range(3):
        first.advance(views)
        first.share += 1 / 6
    first.save()
    run(config)
    whole, halves = (checkpoint.load(tmp_path / name / "last.pt") for name in ("whole", "halves"))
    assert whole["step"] == halves["step"] == 6
    for part in ("network", "average"):
        for name, value in whole[part].items():
            assert torch.equal(value, halves[part][name]), f"{part} {name}"


def test_told_to_stop_it_saves_and_ends(tmp_path: Path) -> None:
    write_part(tmp_path / "views", "000")
    more = ["--steps", "100000", "--log-steps", "1", "--threads", "1"]
    process = subprocess.Popen(
        [sys.executable, "-m", "peerlens_nano.train", *arguments(tmp_path, "run", *more)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("{"):
            break
    assert json.loads(line)["step"] == 1
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert checkpoint.load(tmp_path / "run" / "last.pt")["step"] >= 1


def test_a_new_schedule_may_begin_at_a_checkpoint(tmp_path: Path) -> None:
    write_part(tmp_path / "views", "000")
    run(parse(arguments(tmp_path, "run", "--steps", "2")))
    again = Trainer(parse(arguments(tmp_path, "run", "--steps", "5", "--rewind")))
    assert (again.step, again.share) == (2, 0.0)


def test_rate_warms_up_and_ends_low() -> None:
    assert learning_rate(0, 0) < 0.01
    assert learning_rate(0.1, 1000) > 0.95
    assert learning_rate(1.0, 9000) == pytest.approx(0.01)
    assert learning_rate(1.2, 9000) == pytest.approx(0.01)


def test_giou_of_boxes_with_a_common_point() -> None:
    one = torch.tensor([[1.0, 1.0, 1.0, 1.0]])
    assert box_giou(one, one).item() == pytest.approx(1, abs=1e-5)
    other = torch.tensor([[1.0, 1.0, 3.0, 1.0]])
    assert box_giou(one, other).item() == pytest.approx(0.5, abs=1e-5)
    # A cross: shared 1, union 7, hull 16.
    cross = torch.tensor([[2.0, 0.5, 2.0, 0.5]]), torch.tensor([[0.5, 2.0, 0.5, 2.0]])
    assert box_giou(*cross).item() == pytest.approx(1 / 7 - 9 / 16, abs=1e-5)


def test_focal_loss_is_least_at_the_label_and_blind_where_nothing_counts() -> None:
    label = torch.tensor([[[0.3]]])
    logits = torch.linspace(-4, 4, 81)
    losses = [quality_focal(x.view(1, 1, 1), label, torch.ones(1, 1)).item() for x in logits]
    assert logits[losses.index(min(losses))].sigmoid().item() == pytest.approx(0.3, abs=0.03)
    assert quality_focal(torch.ones(1, 1, 1), label, torch.zeros(1, 1)).item() == 0


def test_steps_are_orthogonal() -> None:
    for shape in ((2, 16, 40), (2, 40, 16)):
        steps = orthogonalised(torch.randn(shape, generator=torch.Generator().manual_seed(1)))
        values = torch.linalg.svdvals(steps)
        assert steps.shape == shape
        # The polynomial keeps them within this band.
        assert values.min() > 0.5
        assert values.max() < 1.3


def test_every_weight_has_one_optimiser() -> None:
    network = Network()
    for kind in ("muon", "adamw"):
        groups = [g for o in make_optimisers(network, kind, 1e-3, 0.1) for g in o.param_groups]
        owned = [id(param) for group in groups for param in group["params"]]
        assert sorted(owned) == sorted(id(param) for param in network.parameters())


def test_replicas_give_the_gradient_of_the_whole_batch(tmp_path: Path) -> None:
    """Without batch normalisation, which sees shares, they are one network."""
    write_part(tmp_path / "views", "000")
    views = Views(tmp_path / "views", torch.device("cpu"))
    batch = views.draw(4, grid_of(128, 64), torch.Generator().manual_seed(1))
    network = Network().eval()

    def loss_of(net: torch.nn.Module, share: Batch) -> Losses:
        total = sum(level.square().mean() for level in net(share.pictures))
        return Losses(total, total, total, total)

    gradients = []
    for count in (1, 2):
        network.zero_grad()
        Replicas(network, count, loss_of).backward(batch)
        gradients.append([param.grad.clone() for param in network.parameters()])
    for one, two in zip(*gradients, strict=True):
        assert torch.allclose(one, two, rtol=1e-3, atol=1e-6)
