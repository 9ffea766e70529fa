"""A data folder for tests that start a server of their own; the synthetic country that several files of tests read."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lienthong.simulation.country import writing
from tests import country
from tests.folders import public_folder


@pytest.fixture
def home() -> Iterator[Path]:
    folder = public_folder()
    yield folder
    moved = (folder / "postgres").resolve()
    shutil.rmtree(moved, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def country_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic country in files: read, never changed."""
    folder = tmp_path_factory.mktemp("country")
    order = writing.Order(country.PERSONS, 7)
    writing.write(folder, order, processes=1, progress=lambda _done, _all: None)
    return folder


@pytest.fixture(scope="session")
def land(country_folder: Path) -> country.Country:
    """That country, read back."""
    return country.read(country_folder)
