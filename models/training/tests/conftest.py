"""Places of what is not in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def assets() -> Path:
    """The folder with `models/` and `eval/coco128/`."""
    return _folder("PEERLENS_ASSETS")


@pytest.fixture
def photographs() -> Path:
    """The folder with the training photographs."""
    return _folder("PEERLENS_PHOTOGRAPHS")


def _folder(variable: str) -> Path:
    value = os.environ.get(variable)
    if not value:
        pytest.skip(f"{variable} is not set")
    return Path(value)
