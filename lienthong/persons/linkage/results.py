"""What a linkage leaves: the links by contract, the reasons beside them, and the pairs for an officer."""

from pathlib import Path

from lienthong.persons.linkage import queries
from lienthong.persons.linkage.engines import OneMachine


def write(here: OneMachine, folder: Path, out: Path, *, swapped: bool) -> dict[str, str]:
    """Write the three files, each in one piece; their paths. Rows are ordered by left_id, then right_id."""
    names = {
        "links": out,
        "reasons": out.with_name(f"{out.name}.reasons.csv"),
        "review": out.with_name(f"{out.name}.review.csv"),
    }
    sides = {"left": "r", "right": "l"} if swapped else {"left": "l", "right": "r"}
    rows = (
        {"left": "facts_b", "right": "facts_a"}
        if swapped
        else {"left": "facts_a", "right": "facts_b"}
    )
    for name, path in names.items():
        query = queries.filled(
            "results.sql",
            name,
            left=sides["left"],
            right=sides["right"],
            facts_left=rows["left"],
            facts_right=rows["right"],
        )
        part = folder / f"{name}.csv"
        here.connection.sql(query).to_csv(str(part), header=True)
        _place(part, path)
    return {name: str(path) for name, path in names.items()}


def _place(part: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        part.replace(path)
    except OSError:
        # Another file system: written beside its place first, so that nobody reads half of it.
        near = path.with_name(f".{path.name}.part")
        near.write_bytes(part.read_bytes())
        near.replace(path)
        part.unlink()
