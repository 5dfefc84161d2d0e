"""Whether a step of the course has to be done again: each leaves a stamp with a digest of all that it depended on.

What a step depends on is known in part before it runs (its inputs: files, folders, texts) and in part only afterwards
(what it turned out to read). `Step` keeps both, and is the one place that decides.
"""

import ast
import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coursekit.files import digest, write_atomically

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Step:
    """Something done once for its inputs: files, folders (all files in them) and texts.

    `key` is a digest of them as they were when the Step was made, so make it before the work: what is edited while the
    work goes on was not in it.
    """

    stamp: Path
    inputs: tuple[Path | str, ...]
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", content_key(*self.inputs))

    def done(self) -> dict[str, Any] | None:
        """The facts that were kept when the step was done; None if it was not, or something has changed since."""
        try:
            facts = json.loads(self.stamp.read_text(encoding="utf-8"))
            read = facts["read"]
            same = facts["key"] == self.key and all(read[name] == digest(Path(name)) for name in read)
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return facts if same else None

    def keep(self, *, read: Mapping[str, str] | None = None, **facts: Any) -> None:
        """Record that the step is done. read: the files it looked for on the way, with the `digest` of each then."""
        document = {"key": self.key, "read": dict(read or {}), **facts}
        write_atomically(self.stamp, json.dumps(document, indent=1) + "\n")


def content_key(*parts: Path | str) -> str:
    """A hex digest of texts and files; a folder stands for all files in it except hidden ones and caches."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, str):
            entries = [("", part.encode())]
        else:
            entries = [(file.relative_to(part.parent).as_posix(), file.read_bytes()) for file in _files(part)]
        for name, content in [*entries, ("end of part", b"")]:
            found.update(f"{len(content)} {name}\n".encode() + content)
    return found.hexdigest()


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    inside = [file for file in path.rglob("*") if file.is_file()]
    names = {file: file.relative_to(path).parts for file in inside}
    return sorted(f for f in inside if not any(n.startswith(".") or n == "__pycache__" for n in names[f]))


def imported(sources: Iterable[str]) -> tuple[Path, ...]:
    """The files of coursekit that pieces of Python code depend on: modules that they import, that these import, and so
    on, with the data files of the same names.

    The instructors' half is left out: learners' code cannot reach it.
    """
    modules = _modules()
    found: set[str] = set()
    pending = {name for source in sources for name in _imports(source)} & modules.keys()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending |= _imports(modules[name].read_text(encoding="utf-8")) & modules.keys()
    files = [modules[name] for name in found]
    return tuple(sorted(data for file in files for data in file.parent.glob(f"{file.stem}.*")))


def _modules() -> dict[str, Path]:
    """Every module of the learners' half, by its full name; a package is its `__init__`."""
    files = {file.relative_to(PACKAGE.parent).with_suffix(""): file for file in PACKAGE.rglob("*.py")}
    names = {".".join(path.parts).removesuffix(".__init__"): file for path, file in files.items()}
    return {name: file for name, file in names.items() if not f"{name}.".startswith("coursekit.staff.")}


class _AtRunTime(ast.NodeTransformer):
    """Leaves out what stands under `if TYPE_CHECKING`."""

    def visit_If(self, node: ast.If) -> ast.AST:
        """Drop the block, and look into every other one."""
        return self.generic_visit(node) if getattr(node.test, "id", "") != "TYPE_CHECKING" else ast.Pass()


@functools.cache
def _imports(source: str) -> frozenset[str]:
    """What may be a module among the names that the code imports itself, and the packages that these are in.

    All modules of coursekit after `import coursekit`, which loads each when it is first used.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return frozenset()
    tree, names = _AtRunTime().visit(tree), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    if "coursekit" in names:
        return frozenset(_modules())
    split = [name.split(".") for name in names]
    return frozenset(".".join(parts[:n]) for parts in split for n in range(1, len(parts) + 1))
