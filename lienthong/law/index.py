"""Writes docs/law.md: texts, rules, figures, regimes and assumptions, from the library itself. Pure; returns text."""

from collections.abc import Iterable, Iterator
from types import ModuleType

from lienthong.kernel.dates import DateRange
from lienthong.law import (
    card_forms,
    completeness,
    conformance,
    continuity,
    contributions,
    deadlines,
    entitlement,
    exchange,
    groups,
    numbering,
    paper_channel,
    personal_id,
    provinces,
    refusals,
    regimes,
    rerouting,
    sources,
    tables,
    validity,
)
from lienthong.law.dated import RULES, Rule
from lienthong.law.parameters import all_series
from lienthong.law.sources import Source, Standing

# The order in which a child meets them.
CHAPTERS: tuple[ModuleType, ...] = (
    entitlement,
    validity,
    continuity,
    exchange,
    completeness,
    refusals,
    paper_channel,
    personal_id,
    numbering,
    groups,
    provinces,
    card_forms,
    deadlines,
    conformance,
    contributions,
    rerouting,
    regimes,
    tables,
)

_HEAD = """# The law in the code

Generated from `lienthong/law/` by `lienthong.law.index`; edit the sources, not this page. It is material for
lawyers and reviewers, not legal advice. No gazette was read for it: the column *known by* says how far to trust a line.

| known by | means |
|---|---|
| second-hand | as quoted by an official page, a law portal or public software |
| letter | stated in a letter of the insurance agency or a province that the project holds |
| assumption | general knowledge, unconfirmed |
| design | a choice of this project where the texts found are silent |
"""


def render() -> str:
    """The whole page as Markdown, the same for the same library. Ends with one line feed."""
    parts = (
        _HEAD,
        _rules(),
        _texts(),
        _figures(),
        _regimes(),
        _exchanged_days(),
        _to_confirm(),
    )
    return "\n".join(parts)


def _table(title: str, intro: str, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"## {title}", "", intro, "", _line(header), "|" + "---|" * len(header)]
    return "\n".join([*lines, *(_line(row) for row in rows)]) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _period(valid: DateRange) -> str:
    return f"{valid.start} – {valid.last or ''}".rstrip()


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[-1]


def _in_order() -> list[Rule]:
    # Not in the order of loading, which differs with who imports the library first.
    place = {_name(module): number for number, module in enumerate(CHAPTERS)}
    return sorted(RULES.values(), key=lambda rule: place[rule.module])


def _rules() -> str:
    parts = [
        "## Rules\n\nA rule's worked cases stand in the file named; a lawyer can add one without Python.\n"
    ]
    for module in CHAPTERS:
        name = _name(module)
        title = (module.__doc__ or "").partition("\n")[0]
        cases = f"[tests/law/cases/{name}.toml](../tests/law/cases/{name}.toml)"
        rows = [_line(_rule_cells(rule)) for rule in _in_order() if rule.module == name]
        head = [f"### `law/{name}.py`", "", title, "", f"Cases: {cases}", ""]
        parts.append(
            "\n".join([*head, "| function | gives | texts |", "|---|---|---|", *rows]) + "\n"
        )
    return "\n".join(parts)


def _rule_cells(rule: Rule) -> tuple[str, ...]:
    cited = ", ".join(f"`{sources.name_of(source)}`" for source in rule.sources)
    return f"`{rule.function}`", rule.summary, cited


def _texts() -> str:
    rows = (_source_cells(name, source) for name, source in sources.ALL.items())
    header = ("name", "text", "says", "in force", "known by", "last checked", "cited by")
    return _table("Texts", "Last day included; open where nothing follows the dash.", header, rows)


def _source_cells(name: str, source: Source) -> tuple[str, ...]:
    citing = [f"`{rule.module}.{rule.function}`" for rule in _in_order() if source in rule.sources]
    return (
        f"`{name}`",
        source.cite_vi,
        source.title,
        _period(source.in_force),
        source.standing.value,
        source.last_checked.isoformat(),
        ", ".join(citing) or "figures and tables",
    )


def _figures() -> str:
    def rows() -> Iterator[tuple[str, ...]]:
        for series in all_series().values():
            for row in series.rows:
                value = f"{row.value:,}".replace(",", " ")
                text = f"`{sources.name_of(row.source)}`"
                yield (
                    f"`{series.name}`",
                    series.title_vi,
                    _period(row.valid),
                    value,
                    series.unit,
                    text,
                )

    header = ("figure", "what", "in force", "value", "unit", "text")
    return _table("Figures", "From `law/parameters.toml`.", header, rows())


def _regimes() -> str:
    rows = (
        (f"`{entry.regime}`", entry.title_vi, _period(entry.valid), entry.instrument)
        for entry in regimes.register()
    )
    intro = "Keys for settings and reports; the rules carry their own dates."
    return _table("Regimes", intro, ("key", "what", "in force", "instrument"), rows)


def _exchanged_days() -> str:
    rows = (
        (row.day.isoformat(), "worked" if row.working else "free", row.instrument)
        for row in deadlines.published_overrides()
    )
    intro = "From `law/working_days.toml`; these rows win over weekends and public holidays."
    return _table("Exchanged days", intro, ("day", "is", "instrument"), rows)


def _to_confirm() -> str:
    open_questions = [
        f"- `{name}` ({source.cite_vi}): {source.note or source.title}"
        for name, source in sources.ALL.items()
        if source.standing is Standing.ASSUMPTION or "ASSUMPTION" in source.note
    ]
    head = ["## To be confirmed by a lawyer", "", "What the code takes on trust.", ""]
    return "\n".join([*head, *open_questions]) + "\n"
