"""Whose a name is, the course's or the student's, as the source notebook has it.

From a student come only names that the reference answers bind and that are not the course's: a test that uses any
other one means the course's, whatever a submission binds.
"""

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
READS, BINDS, DELETES = "reads", "binds", "deletes"


class Cell(NamedTuple):
    """A cell of the source notebook that runs when a submission is graded.

    kind: answer, test, or course for any other one. takes: names that a test wants from the student although cells of
    the course bind them. rebinds: names to which a test gives another value on the student's side, too.
    """

    name: str
    kind: str
    tree: ast.Module
    takes: frozenset[str] = frozenset()
    rebinds: frozenset[str] = frozenset()


class Names(NamedTuple):
    """Whose the names of a notebook are.

    students: what may come from the student. by_test: what each test takes from the student, by its name. elsewhere:
    what other cells of the course take. warnings: on names of which it is not certain whose they are.
    """

    students: frozenset[str]
    by_test: dict[str, frozenset[str]]
    elsewhere: frozenset[str]
    warnings: tuple[str, ...]


def owners(notebook: str, cells: Sequence[Cell]) -> Names:
    """Whose each name is.

    A name that a test binds before it reads it is the test's own, there and in the tests below, until a reference
    answer binds it again. Where the source holds an answer cell without an answer, what no cell binds is the student's.
    """
    answers = {
        name: cell.name for cell in cells if cell.kind == "answer" for name in assigned(cell.tree.body)
    }
    course = {name: cell.name for cell in cells if cell.kind == "course" for name in _firmly_bound(cell.tree)}
    students = frozenset(answers.keys() - course.keys()) | _left_to_students(cells)
    by_test, tests_own, any_tests, warnings = {}, set[str](), set[str](), []
    for cell in cells:
        if cell.kind == "answer":
            tests_own -= assigned(cell.tree.body)
        elif cell.kind == "test":
            first = _first_uses(cell.tree)
            tests_own |= {name for name, use in first.items() if use == BINDS} - cell.rebinds - cell.takes
            any_tests |= tests_own
            by_test[cell.name] = (students - tests_own) | cell.takes
            where = f"{notebook}, cell {cell.name!r}"
            warnings += [
                f"{where}: {name!r} is the course's, which cell {course[name]!r} binds, although the answer "
                f"{answers[name]!r} binds it, too; use another name, or write `# coursekit: takes {name}` into the test"
                for name in sorted(used(cell.tree) & answers.keys() & course.keys() - cell.takes)
                if first.get(name) != BINDS
            ]
            warnings += [
                f"{where}: the answer does not see what the test binds to {name!r}; use another name, or write "
                f"`# coursekit: rebinds {name}` into the test"
                for name in sorted(_given_other_values(cell.tree) & by_test[cell.name] - cell.rebinds)
            ]
    return Names(students, by_test, students - any_tests, tuple(warnings))


def assigned(statements: Iterable[ast.AST]) -> set[str]:
    """Names bound by `def`, `class` or assignment at the top level of a cell, also in the blocks of `if` and the like.

    Not those of imports, and none that other statements bind on the way: `for`, `with`, `except`, walrus.
    """
    found: set[str] = set()
    for statement in statements:
        if isinstance(statement, _FUNCTION | ast.ClassDef):
            found.add(statement.name)
        elif isinstance(statement, ast.Assign):
            found |= {name for target in statement.targets for name in _targets(target)}
        elif isinstance(statement, ast.AugAssign) or (
            isinstance(statement, ast.AnnAssign) and statement.value
        ):
            found |= _targets(statement.target)
        else:
            blocks = (getattr(statement, block, []) for block in ("body", "handlers", "orelse", "finalbody"))
            found |= {name for block in blocks if isinstance(block, list) for name in assigned(block)}
    return found


def bound(tree: ast.Module) -> set[str]:
    """All names that a cell binds at its top level, in whatever way."""
    return {name for name, use in _uses(tree) if use == BINDS}


def used(tree: ast.AST) -> set[str]:
    """All names in a piece of code, wherever they stand."""
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def needed(cells: Sequence[ast.Module], wanted: set[str]) -> list[int]:
    """The places of those cells that bind a name that is wanted, or one that these need in turn."""
    found, wanted = [], set(wanted)
    for place, tree in reversed(list(enumerate(cells))):
        if bound(tree) & wanted:
            found.append(place)
            wanted |= used(tree)
    return sorted(found)


def _left_to_students(cells: Sequence[Cell]) -> set[str]:
    """Names that tests use and nobody binds, in a notebook where an answer is missing that might.

    None where a cell imports what its source does not name.
    """
    unanswered = any(cell.kind == "answer" and all(map(_does_nothing, cell.tree.body)) for cell in cells)
    known = {name for cell in cells for name in bound(cell.tree)}
    if not unanswered or "*" in known:
        return set()
    by_tests = {name for cell in cells if cell.kind == "test" for name in used(cell.tree)}
    return {name for name in by_tests - known if not hasattr(builtins, name)}


def _targets(target: ast.AST) -> set[str]:
    """The names among the targets of an assignment; `table[0]` and `model.units` are none."""
    if isinstance(target, ast.Tuple | ast.List):
        return {name for item in target.elts for name in _targets(item)}
    if isinstance(target, ast.Starred):
        return _targets(target.value)
    return {target.id} if isinstance(target, ast.Name) else set()


def _firmly_bound(tree: ast.Module) -> set[str]:
    """What a cell binds, but for what only keeps a place: `model = None`, or a function without a body."""
    kept = [statement for statement in tree.body if not _is_placeholder(statement)]
    return bound(ast.Module(body=kept, type_ignores=[]))


def _is_placeholder(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        return isinstance(statement.value, ast.Constant) and statement.value.value in (None, ...)
    if isinstance(statement, _FUNCTION | ast.ClassDef):
        return all(map(_does_nothing, statement.body))
    return False


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Raise):
        return "NotImplementedError" in used(statement)
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _first_uses(tree: ast.Module) -> dict[str, str]:
    """What a cell does first with each name at its top level: reads, binds or deletes."""
    return dict(reversed(_uses(tree)))


def _given_other_values(tree: ast.Module) -> set[str]:
    """Names that a cell reads or deletes and then binds to anything but what another name holds.

    What puts a name back into its place, as `squares = original` after `del squares`, is not meant.
    """
    plain = [s for s in ast.walk(tree) if isinstance(s, ast.Assign) and isinstance(s.value, ast.Name)]
    put_back = Counter(name for s in plain for target in s.targets for name in _targets(target))
    others = Counter(name for name, use in _uses(tree) if use == BINDS) - put_back
    return {name for name, use in _first_uses(tree).items() if use != BINDS} & others.keys()


def _uses(tree: ast.Module) -> list[tuple[str, str]]:
    """Names at the top level of a cell, and what is done with each, in the order in which Python gets there."""
    found = _Uses()
    found.visit(tree)
    return found.found


class _Uses(ast.NodeVisitor):
    """Bodies of functions and classes are left out: they run later, or have names of their own."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def visit_Name(self, node: ast.Name) -> None:
        kinds = {ast.Load: READS, ast.Store: BINDS, ast.Del: DELETES}
        self.found.append((node.id, kinds[type(node.ctx)]))

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_all(node.value, *node.targets)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.found.append((node.target.id, READS))
        self._visit_all(node.value, node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self._visit_all(node.value, node.target)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self._visit_all(node.iter, node.target, *node.body, *node.orelse)

    visit_AsyncFor = visit_For

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self._visit_all(node.value, node.target)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(*node.decorator_list)
        self._visit_defaults(node.args)
        self.found.append((node.name, BINDS))

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_defaults(node.args)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(*node.decorator_list, *node.bases, *node.keywords)
        self.found.append((node.name, BINDS))

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        self.found += [(alias.asname or alias.name.partition(".")[0], BINDS) for alias in node.names]

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._visit_all(*([node.type] if node.type else []))
        self.found += [(node.name, BINDS)] if node.name else []
        self._visit_all(*node.body)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, _COMPREHENSION):
            self._visit_comprehension(node)
        elif isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            super().generic_visit(node)
            self.found.append((node.name, BINDS))
        else:
            super().generic_visit(node)

    def _visit_comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    ) -> None:
        """Its variables are its own."""
        inside = _Uses()
        inside._visit_all(*node.generators)
        inside._visit_all(*([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]))
        own = {name for part in node.generators for name in used(part.target)}
        self.found += [(name, use) for name, use in inside.found if name not in own]

    def _visit_defaults(self, arguments: ast.arguments) -> None:
        self._visit_all(*arguments.defaults, *filter(None, arguments.kw_defaults))

    def _visit_all(self, *nodes: ast.AST) -> None:
        for node in nodes:
            self.visit(node)
