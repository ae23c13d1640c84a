"""Trains peerlens-nano on views. Can be stopped at any time (SIGTERM, SIGINT) and started again."""

from __future__ import annotations

import argparse
import json
import math
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import torch

from . import checkpoint
from .data import Batch, Views
from .geometry import Grid, grid_of
from .losses import Losses, distillation, quality_focal
from .network import Network, flatten_maps
from .optimiser import make_optimisers
from .replicas import Replicas

WARM_UP_STEPS = 200
# The learning rate ends at this part of its height.
LAST_LR_SHARE = 0.01
MAX_GRADIENT_NORM = 10.0
# New parts of views are looked for every so many steps.
REFRESH_STEPS = 100


@dataclass(frozen=True)
class Config:
    """A run, complete."""

    views: Path
    run: Path
    init: Path | None
    minutes: float | None
    steps: int | None
    sizes: tuple[Grid, ...]
    batch: int
    optimiser: str
    lr: float
    weight_decay: float
    ema: float
    seed: int
    device: torch.device
    bf16: bool
    compile: bool
    replicas: int
    save_minutes: float
    log_steps: int
    rewind: bool


def learning_rate(share: float, step: int) -> float:
    """Part of the full rate after `share` (0–1) of the run: a short warm-up, then a cosine."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(share, 1.0)))
    return min(1.0, (step + 1) / WARM_UP_STEPS) * (LAST_LR_SHARE + (1 - LAST_LR_SHARE) * cosine)


class Trainer:
    """Network, average, optimisers, randomness and progress of a run."""

    def __init__(self, config: Config) -> None:
        self._config = config
        torch.manual_seed(config.seed)
        self.network = Network().to(config.device, memory_format=torch.channels_last).train()
        if config.init is not None:
            self.network.load_state_dict(checkpoint.load(config.init)["network"])
        self.average = checkpoint.Average(
            self.network, Network().to(config.device, memory_format=torch.channels_last), config.ema
        )
        self._optimisers = make_optimisers(self.network, config.optimiser, config.lr, config.weight_decay)
        self._generator = torch.Generator().manual_seed(config.seed)
        self._forward = torch.compile(self.network, dynamic=False) if config.compile else self.network
        self._focal = torch.compile(quality_focal, dynamic=False) if config.compile else quality_focal
        self._replicas = Replicas(self.network, config.replicas, self._loss_of)
        self.step = 0
        self.share = 0.0
        self._last = config.run / "last.pt"
        if self._last.exists():
            self._resume()

    def _resume(self) -> None:
        state = checkpoint.load(self._last)
        self.network.load_state_dict(state["network"])
        self.average.module.load_state_dict(state["average"])
        for optimiser, saved in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self._generator.set_state(state["generator"])
        self.step = state["step"]
        self.share = 0.0 if self._config.rewind else state["share"]

    def _loss_of(self, network: torch.nn.Module, batch: Batch) -> Losses:
        config = self._config
        forward = self._forward if network is self.network else network
        pictures = batch.pictures.contiguous(memory_format=torch.channels_last)
        with torch.autocast(config.device.type, torch.bfloat16, enabled=config.bf16):
            maps = forward(pictures)
        return distillation(*flatten_maps(maps), batch, self._focal)

    def save(self) -> None:
        """Writes `last.pt`."""
        checkpoint.save(
            self._last,
            {
                "network": self.network.state_dict(),
                "average": self.average.module.state_dict(),
                "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
                "generator": self._generator.get_state(),
                "step": self.step,
                "share": self.share,
            },
        )

    def advance(self, views: Views) -> dict[str, float]:
        """One step; its losses."""
        config = self._config
        at = int(torch.randint(len(config.sizes), (1,), generator=self._generator))
        size = config.sizes[at]
        # All batches have about the pixels of the first size.
        first = config.sizes[0]
        count = round(config.batch * first.width_px * first.height_px / (size.width_px * size.height_px))
        batch = views.draw(count, size, self._generator)
        rate = config.lr * learning_rate(self.share, self.step)
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
        for optimiser in self._optimisers:
            optimiser.zero_grad(set_to_none=True)
        shares = self._replicas.backward(batch)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), MAX_GRADIENT_NORM)
        for optimiser in self._optimisers:
            optimiser.step()
        self.step += 1
        self.average.update(self.step)
        return {
            "class": sum(share.classes.item() for share in shares) / len(shares),
            "giou": sum(share.giou.item() for share in shares) / len(shares),
            "bins": sum(share.bins.item() for share in shares) / len(shares),
            "pictures": count,
            "steps": 1,
        }


def run(config: Config) -> None:
    """Trains until the end of the schedule, or until told to stop."""
    config.run.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config)
    views = Views(config.views, config.device)
    print(f"{len(views)} views, step {trainer.step}, {trainer.share:.0%} of the schedule", flush=True)
    stop = False

    def stop_soon(_number: int, _frame: FrameType | None) -> None:
        nonlocal stop
        stop = True

    signal.signal(signal.SIGTERM, stop_soon)
    signal.signal(signal.SIGINT, stop_soon)
    began = saved = time.monotonic()
    seen = 0.0
    sums: dict[str, float] = {}
    # Shares of steps add up to nearly 1.
    while trainer.share < 1 - 1e-9 and not stop:
        step_began = time.monotonic()
        for name, value in trainer.advance(views).items():
            sums[name] = sums.get(name, 0.0) + value
        now = time.monotonic()
        if config.steps is not None:
            trainer.share += 1 / config.steps
        else:
            # Compilation takes minutes at the first step: no reason to fall behind for it.
            trainer.share += min(now - step_began, 20.0) / (60 * (config.minutes or 1))
        if trainer.step % config.log_steps == 0:
            seen, steps = sums.pop("pictures"), sums.pop("steps")
            line = {
                "step": trainer.step,
                "share": round(trainer.share, 4),
                **{name: round(value / steps, 4) for name, value in sums.items()},
                "pictures_per_s": round(seen / (now - began), 1),
                "views": len(views),
            }
            print(json.dumps(line), flush=True)
            sums, began = {}, now
        if now - saved > 60 * config.save_minutes:
            trainer.save()
            saved = now
        if trainer.step % REFRESH_STEPS == 0:
            views.refresh()
    trainer.save()
    print(f"stopped at step {trainer.step}, {trainer.share:.1%} of the schedule", flush=True)


def parse(args: list[str] | None = None) -> Config:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--views", type=Path, required=True, help="folder that peerlens_nano.views wrote")
    parser.add_argument("--run", type=Path, required=True, help="folder of last.pt; goes on from there")
    parser.add_argument("--init", type=Path, help="checkpoint whose weights a new run begins with")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, help="of training until the schedule ends")
    length.add_argument("--steps", type=int, help="until the schedule ends")
    parser.add_argument("--rewind", action="store_true", help="begin the schedule anew at last.pt")
    parser.add_argument("--sizes", default="320x256", help="WxH,WxH…: multiples of 64, drawn alike")
    parser.add_argument("--batch", type=int, default=32, help="pictures of the first size")
    parser.add_argument("--optimiser", choices=("muon", "adamw"), default="muon")
    parser.add_argument("--lr", type=float, default=2e-3)
    parser.add_argument("--weight-decay", type=float, default=0.03)
    parser.add_argument("--ema", type=float, default=0.998)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=2, help="on a CPU")
    parser.add_argument("--replicas", type=int, default=1, help="on a CPU: threads that share each batch")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--save-minutes", type=float, default=2.5)
    parser.add_argument("--log-steps", type=int, default=50)
    options = parser.parse_args(args)
    if options.compile and options.replicas > 1:
        parser.error("--replicas takes --no-compile")
    torch.set_num_threads(options.threads)
    sizes = tuple(grid_of(*(int(side) for side in size.split("x"))) for size in options.sizes.split(","))
    values = vars(options)
    del values["threads"]
    return Config(**{**values, "sizes": sizes, "device": torch.device(options.device)})


if __name__ == "__main__":
    run(parse())
