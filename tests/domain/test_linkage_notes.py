"""A small file of a linkage is the old one or the new, whenever its writer is killed."""

from pathlib import Path

import pytest

from lienthong.persons.linkage import notes


def test_what_was_half_written_is_never_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "model.json"
    notes.write(place, '{"prior": 1}')

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        notes.write(place, '{"pri')
    assert place.read_text(encoding="utf-8") == '{"prior": 1}'
