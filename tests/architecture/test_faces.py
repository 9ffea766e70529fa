"""Nothing is written without a `by`, nothing of a person is read without an `Actor` (architecture §7)."""

import ast

from tests.architecture import code

FREE_OF_PERSONS = {
    "accounts.actions.person_key_of": "a digest, not a write",
    "catalogues.queries": "public reference lists",
    "accounts.queries.sender_key": "asked by the machines' door before anybody is known",
    "accounts.queries.sender_of_key": "as above",
    "births.queries.sentence_of": "the sentence of a code",
    "cards.actions.need": "the permission check itself",
    "dossiers.actions.lock": "locks rows for the caller's transaction, writes nothing",
    "persons.actions.personal_id_taken": "turns the database's refusal into a sentence",
}


def _is_free(function: code.Function) -> bool:
    app = function.path.parent.name
    module = f"{app}.{function.path.stem}"
    return module in FREE_OF_PERSONS or f"{module}.{function.node.name}" in FREE_OF_PERSONS


def _faces(stem: str) -> list[code.Function]:
    paths = code.PACKAGE.glob(f"*/{stem}.py")
    found = [f for path in paths for f in code.functions(path) if f.is_public and not _is_free(f)]
    assert found
    return found


def _by(function: code.Function) -> str:
    types = [
        ast.unparse(p.annotation) for p in function.parameters if p.arg == "by" and p.annotation
    ]
    return types[0] if types else ""


def test_every_action_takes_by_as_a_keyword() -> None:
    bad = [
        f.place
        for f in _faces("actions")
        if _by(f) != "Actor" or "by" not in {a.arg for a in f.node.args.kwonlyargs}
    ]
    assert bad == []


def test_every_query_takes_an_actor() -> None:
    assert [f.place for f in _faces("queries") if _by(f) != "Actor"] == []


def test_every_public_face_has_a_docstring() -> None:
    modules = [
        path
        for folder in ("law", "kernel", "gateways", "database")
        for path in (code.PACKAGE / folder).glob("*.py")
    ]
    modules += [*code.PACKAGE.glob("*/actions.py"), *code.PACKAGE.glob("*/queries.py")]
    bad = [
        f.place
        for path in modules
        for f in code.functions(path)
        if f.is_public and not ast.get_docstring(f.node)
    ]
    assert bad == []


def test_every_sql_step_says_what_it_reads_and_writes() -> None:
    not_steps = {"migrations", "sql", "invariants", "benches"}
    steps = [p for p in code.files(".sql") if not not_steps & set(p.parts)]
    assert steps
    bad = [
        code.name_of(p)
        for p in steps
        if not p.read_text(encoding="utf-8").startswith("--")
        or "Reads" not in p.read_text(encoding="utf-8")[:1500]
    ]
    assert bad == []
