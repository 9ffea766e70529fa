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
    # Sorted once for two files, which are written in the order in which the rows then stand.
    in_order = queries.filled("results.sql", "in_order", **sides)
    here.connection.execute("SET preserve_insertion_order = true")
    here.kept_in_memory("links_in_order", in_order)
    for name, path in names.items():
        part = folder / f"{name}.csv"
        query = queries.filled("results.sql", name, **sides)
        here.connection.sql(query).to_csv(str(part), header=True)
        _place(part, path)
    return {name: str(path) for name, path in names.items()}


def counts(here: OneMachine) -> tuple[int, int]:
    """Links of the exact pass and links in all, of what was written."""
    [(exact, links)] = here.rows(queries.read("results.sql")["counts"])
    return int(exact), int(links)


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
