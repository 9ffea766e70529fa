"""What the architecture tests enumerate: our files and the functions in them, read as text and never imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "lienthong"


def files(*suffixes: str, under: Path = PACKAGE) -> list[Path]:
    return sorted(
        p for p in under.rglob("*") if p.suffix in suffixes and "__pycache__" not in p.parts
    )


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@dataclass(frozen=True, slots=True)
class Function:
    path: Path
    node: ast.FunctionDef | ast.AsyncFunctionDef
    is_top: bool

    @property
    def place(self) -> str:
        return f"{name_of(self.path)}:{self.node.lineno} {self.node.name}"

    @property
    def line_count(self) -> int:
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno + 1

    @property
    def parameters(self) -> list[ast.arg]:
        arguments = self.node.args
        given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return [one for one in given if one.arg not in {"self", "cls"}]

    @property
    def is_public(self) -> bool:
        return self.is_top and not self.node.name.startswith("_")


def functions(path: Path) -> Iterator[Function]:
    top = {id(node) for node in tree(path).body}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Function(path, node, id(node) in top)
