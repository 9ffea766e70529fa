"""The library keeps its own promises: sources, docstrings, no bare figures, fresh docs, figures in order, one version."""

import ast
import tomllib
from datetime import date, timedelta
from importlib.resources import files
from inspect import getmembers, isfunction
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from lienthong.law import index, parameters, provinces, regimes, sources, tables
from lienthong.law.dated import RULES
from lienthong.law.parameters import Figure, all_series, figure, parsed
from lienthong.law.regimes import Regime

_LAW = Path(str(files("lienthong.law")))
_PAGE = _LAW.parents[1] / "docs" / "law.md"
_MACHINERY = {"__init__", "sources", "dated", "parameters", "index"}
# What a rule's body may contain, and why: 0 and 1 count and step.
_STRUCTURAL = {0, 1}
# Module-level names bound to a bare number, with the reason.
_STRUCTURAL_NAMES = {
    "_YEARS_A_CENTURY": "how years are written, not law",
    "_RATE_UNITS_A_WHOLE": "the unit of the rate in parameters.toml",
}


def _public_functions(module: ModuleType) -> list[str]:
    return [
        name
        for name, it in getmembers(module, isfunction)
        if it.__module__ == module.__name__ and not name.startswith("_")
    ]


def _modules() -> list[Path]:
    return [path for path in sorted(_LAW.glob("*.py")) if path.stem not in _MACHINERY]


def test_every_module_of_rules_is_a_chapter_of_the_index() -> None:
    chapters = {module.__name__.rpartition(".")[-1] for module in index.CHAPTERS}
    assert chapters == {path.stem for path in _modules()}


@pytest.mark.parametrize("module", index.CHAPTERS, ids=lambda module: module.__name__)
def test_every_public_function_cites_its_sources_in_code_and_docstring(module: ModuleType) -> None:
    chapter = module.__name__.rpartition(".")[-1]
    # The version of the tables is no rule.
    functions = [
        name for name in _public_functions(module) if (chapter, name) != ("tables", "version")
    ]
    assert functions
    for name in functions:
        rule = RULES[f"{chapter}.{name}"]
        text = getattr(module, name).__doc__
        assert "Source:" in text, name
        cited = text.partition("Source:")[2]
        named = {word.strip(".,()") for word in cited.split() if word.startswith("sources.")}
        assert named == {f"sources.{sources.name_of(source)}" for source in rule.sources}, name


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_has_a_source_in_force_and_a_summary(rule: str) -> None:
    cited = RULES[rule].sources
    checked = max(source.last_checked for source in cited)
    assert any(checked in source.in_force for source in cited)
    assert RULES[rule].summary.endswith((".", ":")) or RULES[rule].summary


def test_every_source_is_used() -> None:
    cited = {source for rule in RULES.values() for source in rule.sources}
    figures = {row.source for series in all_series().values() for row in series.rows}
    assert {name for name, it in sources.ALL.items() if it not in cited | figures} == set()


def test_sources_are_due_for_checking_after_half_a_year() -> None:
    checked = sources.CHILD_CARD_188_2025.last_checked
    assert sources.due_for_checking(checked + timedelta(days=180)) == ()
    assert "CHILD_CARD_188_2025" in sources.due_for_checking(checked + timedelta(days=181))


def test_a_source_reads_as_an_official_would_cite_it() -> None:
    source = sources.CHILD_CARD_146_2018
    assert source.cite_vi == "Nghị định 146/2018/NĐ-CP, Điều 13, khoản 2"
    assert source.period_vi == "từ 01/12/2018 đến hết 30/06/2025"
    assert sources.CHILD_CARD_188_2025.period_vi == "từ 15/08/2025"


def _bare_figures(tree: ast.Module) -> list[str]:
    found = []
    for node in tree.body:
        match node:
            case ast.FunctionDef() | ast.ClassDef():
                found += [
                    f"{part.value} in line {part.lineno}"
                    for part in ast.walk(node)
                    if isinstance(part, ast.Constant)
                    and isinstance(part.value, int | float)
                    and part.value not in _STRUCTURAL
                ]
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int() | float())):
                if name not in _STRUCTURAL_NAMES:
                    found.append(f"{name} in line {node.lineno}")
    return found


@pytest.mark.parametrize("path", _modules(), ids=lambda path: path.stem)
def test_no_rule_contains_a_bare_figure_of_law(path: Path) -> None:
    assert _bare_figures(ast.parse(path.read_text("utf-8"))) == []


def test_a_bare_figure_would_be_found() -> None:
    text = "_AGE = 6\n\ndef last_year(born):\n    return born.year + 6\n"
    assert _bare_figures(ast.parse(text)) == ["_AGE in line 1", "6 in line 4"]


def test_the_page_is_fresh() -> None:
    assert _PAGE.read_text("utf-8") == index.render()


def test_the_page_names_every_rule_text_figure_and_regime() -> None:
    page = index.render()
    for word in (*sources.ALL, *(rule.function for rule in RULES.values()), *Figure, *Regime):
        assert f"`{word}`" in page


def test_figures_change_on_their_day() -> None:
    assert figure(Figure.BASE_PAY, on=date(2026, 6, 30)) == 2_340_000
    assert figure(Figure.BASE_PAY, on=date(2026, 7, 1)) == 2_530_000


@pytest.mark.parametrize("name", Figure)
def test_the_rows_of_a_figure_meet_without_gap(name: Figure) -> None:
    rows = all_series()[name].rows
    for earlier, later in pairwise(rows):
        assert earlier.valid.end == later.valid.start
    assert rows[-1].valid.end is None


@pytest.mark.parametrize("name", Figure)
def test_a_figure_holds_only_while_its_source_does(name: Figure) -> None:
    for row in all_series()[name].rows:
        assert row.valid.start in row.source.in_force
        assert row.valid.end is None or row.valid.last in row.source.in_force


def _edited(old: str, new: str) -> str:
    text = (_LAW / "parameters.toml").read_text("utf-8")
    assert old in text
    return text.replace(old, new)


def test_figures_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="order of their days"):
        parsed(_edited("from = 2026-07-01, value", "from = 2020-07-01, value"))


def test_a_figure_left_out_is_refused() -> None:
    with pytest.raises(ValueError, match="no figure for table_years"):
        parsed(_edited("[table_years]", "[other]\n[other.x]").partition("[other]")[0])


def test_a_figure_of_another_name_or_source_is_refused() -> None:
    with pytest.raises(ValueError):
        parsed(_edited("[table_years]", "[table_yeers]"))
    with pytest.raises(KeyError):
        parsed(_edited('"TABULATION"', '"NOWHERE"'))


def test_the_loader_reads_the_file_it_says() -> None:
    document = tomllib.loads((_LAW / "parameters.toml").read_text("utf-8"))
    assert set(document) == {name.value for name in parameters.Figure}


def test_the_version_follows_every_file_of_the_law(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = {"lienthong.law": tmp_path / "law", "lienthong.kernel": tmp_path / "kernel"}
    for package, place in copies.items():
        place.mkdir()
        for path in Path(str(files(package))).iterdir():
            if path.is_file():
                (place / path.name).write_bytes(path.read_bytes())
    before = tables.version()
    tables.version.cache_clear()
    monkeypatch.setattr(tables, "files", copies.__getitem__)
    assert tables.version() == before
    for place in (
        copies["lienthong.law"] / "working_days.toml",
        copies["lienthong.kernel"] / "dates.py",
    ):
        tables.version.cache_clear()
        place.write_bytes(place.read_bytes() + b"\n")
        assert tables.version() != before
        before = tables.version()
    tables.version.cache_clear()
    monkeypatch.setattr(tables, "package_version", {"holidays": "another"}.__getitem__)
    assert tables.version() != before
    tables.version.cache_clear()


def test_the_34_provinces_are_made_of_the_63_and_each_of_one_only() -> None:
    on_the_eve, after = (
        provinces.provinces(on=day) for day in (date(2025, 6, 30), date(2025, 7, 1))
    )
    made_of = [old for new in after for old in provinces.province_predecessors(new.code)]
    assert sorted(made_of) == [province.code for province in on_the_eve]
    for new in after:
        assert new.code in provinces.province_predecessors(new.code)
        for old in provinces.province_predecessors(new.code):
            assert provinces.province_successor(old) == new.code


def test_the_register_agrees_with_the_rules() -> None:
    starts = {entry.regime: entry.valid for entry in regimes.register()}
    assert list(starts) == list(Regime)
    assert starts[Regime.ADMIN_63] == sources.PROVINCES_124_2004.in_force
    assert starts[Regime.ADMIN_34] == sources.PROVINCES_202_2025.in_force
    assert starts[Regime.BENEFIT_2026] == sources.BENEFIT_261_2025.in_force
    assert starts[Regime.CARD_1666] == sources.CARD_FORM_1666.in_force
    assert starts[Regime.PAPER_EXCEPTION].start == sources.PAPER_CARD_168.in_force.start
    assert starts[Regime.CHAIN_3WD] == sources.CHAIN_63_2024.in_force
    same_day = [row.valid for row in all_series()[Figure.REISSUE_ALLOWANCE].rows if row.value == 0]
    assert [starts[Regime.REISSUE_SAME_DAY]] == same_day
