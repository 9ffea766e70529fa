"""A data folder for tests that start a server of their own."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.folders import public_folder


@pytest.fixture
def home() -> Iterator[Path]:
    folder = public_folder()
    yield folder
    moved = (folder / "postgres").resolve()
    shutil.rmtree(moved, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
