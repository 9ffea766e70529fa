"""Small files of a linkage's folder, each written in one piece: a process that is killed leaves the old one or the new."""

from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write the text as UTF-8 beside its place, then put it there."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
