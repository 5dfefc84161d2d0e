"""Mutants of a reference answer: the same answer with one small fault each, which its tests should notice.

Tools for mutation testing run a project's test suite; here one cell is changed and the grader judges it.
"""

import ast
import builtins
import copy
import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from coursekit import notebooks

# What one writes by mistake for another word, or what a test may not tell from it.
_OTHER_TEXTS = {
    "relu": ("linear", "tanh"),
    "softmax": ("sigmoid", "linear"),
    "adam": ("rmsprop", "sgd"),
    "same": ("valid",),
    "valid": ("same",),
    "sparse_categorical_crossentropy": ("mse",),
    "categorical_crossentropy": ("binary_crossentropy", "mse"),
}
_OTHER_NAMES = {
    "all": "any",
    "any": "all",
    "argmax": "argmin",
    "argmin": "argmax",
    "ceil": "floor",
    "floor": "ceil",
    "max": "min",
    "maximum": "minimum",
    "mean": "sum",
    "min": "max",
    "minimum": "maximum",
    "ones": "zeros",
    "std": "var",
    "sum": "mean",
    "var": "std",
    "zeros": "ones",
    "GlobalAveragePooling2D": "GlobalMaxPooling2D",
    "GlobalMaxPooling2D": "GlobalAveragePooling2D",
    "Adam": "RMSprop",
}
_OTHER_OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE),
    ast.Eq: (ast.NotEq, ast.LtE, ast.GtE),
    ast.NotEq: (ast.Eq, ast.Lt, ast.Gt),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
# Arguments that change what is shown, and no result.
_SHOWN_ONLY = ("name", "verbose")
_ORDERLESS = ("max", "maximum", "min", "minimum")
_DROPPED = (ast.Assign, ast.AugAssign, ast.Expr, ast.For, ast.While, ast.If, ast.Break, ast.Continue)
_NONE = ast.Constant(None)


@dataclass(frozen=True)
class Mutant:
    """A reference answer with one fault: what was changed, and the lines (stripped) that went and came."""

    what: str
    code: str
    diff: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


class _Change(NamedTuple):
    """A part of the program, what takes its place, and what that is called."""

    old: Any
    new: ast.AST
    what: str


def mutants(source: str) -> list[Mutant]:
    """All mutants of the reference answer in a solution cell, in the order of its lines.

    Only what stands between the solution's marks is changed (everything, where there are none). None means to Python
    what the reference or another one means.
    """
    tree = ast.parse(source)
    lines = notebooks.region_lines(source, "SOLUTION") or range(len(source.splitlines()))
    seen = {ast.dump(tree)}
    found = []
    nodes = sorted(_nodes(tree), key=lambda node: (node.lineno, node.col_offset))
    for node in nodes:
        if not (lines[0] < node.lineno <= lines[-1] + 1):
            continue
        for change in _changes(node):
            code, dumped = _carried_out(source, change)
            if code and dumped not in seen:
                seen.add(dumped)
                found.append(_mutant(source, code, change.what))
    return found


def _mutant(source: str, code: str, what: str) -> Mutant:
    diff = list(
        difflib.unified_diff(source.splitlines(), code.splitlines(), "reference", "mutant", n=1, lineterm="")
    )
    removed, added = (tuple(line[1:].strip() for line in diff[2:] if line.startswith(mark)) for mark in "-+")
    return Mutant(what, code, "\n".join(diff), removed, added)


def _nodes(node: ast.AST) -> Iterator[Any]:
    """All parts of a program that have a place, but for what decides no result: texts, f-strings, progress bars."""
    for child in ast.iter_child_nodes(node):
        text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if text or isinstance(child, ast.JoinedStr) or getattr(child, "arg", "") in _SHOWN_ONLY:
            continue
        if hasattr(child, "lineno"):
            yield child
        yield from _nodes(child)


def _carried_out(source: str, change: _Change) -> tuple[str, str]:
    """The program after a change, and what Python makes of it; "" where it is no program any more."""
    text = ast.unparse(change.new)
    bare = text[1:-1] if isinstance(change.new, ast.Tuple) else text
    plain, plain_dump = _parsed(_replaced(source, change.old, bare))
    if not isinstance(change.new, ast.expr):
        return plain, plain_dump
    # Parentheses make it one operand; they stay where it would be read otherwise without them.
    safe, safe_dump = _parsed(_replaced(source, change.old, f"({bare})"))
    return (safe, safe_dump) if safe and safe_dump != plain_dump else (plain, plain_dump)


def _parsed(code: str) -> tuple[str, str]:
    try:
        return code, ast.dump(ast.parse(code))
    except (SyntaxError, ValueError):
        return "", ""


def _replaced(source: str, node: Any, text: str) -> str:
    """The source with `text` in the place of a node; columns count bytes."""
    lines = source.encode().splitlines(keepends=True)
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    end = sum(map(len, lines[: node.end_lineno - 1])) + node.end_col_offset
    whole = source.encode()
    return (whole[:start] + text.encode() + whole[end:]).decode()


def _but(node: Any, **fields: Any) -> Any:
    """A copy of the node with other fields."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def _changes(node: ast.AST) -> Iterator[_Change]:
    if isinstance(node, _DROPPED):
        yield _Change(node, ast.Pass(), "a statement dropped")
    for kinds, rule in _RULES.items():
        if isinstance(node, kinds):
            yield from rule(node)


def _constant(node: ast.Constant) -> Iterator[_Change]:
    value = node.value
    if isinstance(value, bool):
        yield _Change(node, ast.Constant(not value), f"{value} turned round")
    elif isinstance(value, int | float):
        # No -1 for 1, which is the same axis of a table, and elsewhere what another operator does.
        negated = [] if value == 1 else [-value]
        for other in dict.fromkeys([value + 1, value - 1, type(value)(0), type(value)(1), *negated]):
            yield _Change(node, ast.Constant(other), f"{value} becomes {other}")
    elif isinstance(value, str):
        for text in _OTHER_TEXTS.get(value, (f"{value}_",)):
            yield _Change(node, ast.Constant(text), f"{value!r} becomes {text!r}")


def _compare(node: ast.Compare) -> Iterator[_Change]:
    texts = any(isinstance(getattr(each, "value", None), str) for each in (node.left, *node.comparators))
    for number, operator in enumerate(node.ops):
        # Nobody asks for the order of texts that are compared with a word.
        for other in _OTHER_OPERATORS[type(operator)][: 1 if texts else None]:
            ops = [*node.ops[:number], other(), *node.ops[number + 1 :]]
            yield _Change(node, _but(node, ops=ops), "another comparison")


def _operation(node: Any) -> Iterator[_Change]:
    for other in _OTHER_OPERATORS.get(type(node.op), ()):
        yield _Change(node, _but(node, op=other()), f"{other.__name__} for {type(node.op).__name__}")


def _condition(node: ast.BoolOp) -> Iterator[_Change]:
    yield from _operation(node)
    for value in node.values:
        kept = [other for other in node.values if other is not value]
        yield _Change(node, kept[0] if len(kept) == 1 else _but(node, values=kept), "a condition dropped")


def _unary(node: ast.UnaryOp) -> Iterator[_Change]:
    yield _Change(node, node.operand, f"{type(node.op).__name__} dropped")


def _call(node: ast.Call) -> Iterator[_Change]:
    for keyword in node.keywords:
        if keyword.arg in _SHOWN_ONLY:
            continue
        kept = [other for other in node.keywords if other is not keyword]
        yield _Change(node, _but(node, keywords=kept), f"the argument {keyword.arg} dropped")
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    for first in range(0 if name in _ORDERLESS else len(node.args) - 1):
        args = list(node.args)
        args[first : first + 2] = args[first + 1], args[first]
        yield _Change(node, _but(node, args=args), "two arguments swapped")
    field = "attr" if isinstance(node.func, ast.Attribute) else "id"
    if (other := _OTHER_NAMES.get(name)) and (field == "attr" or hasattr(builtins, other)):
        yield _Change(node.func, _but(node.func, **{field: other}), f"{other} for {name}")


def _elements(node: ast.List | ast.Tuple) -> Iterator[_Change]:
    """Layers of a model, above all."""
    if isinstance(node.ctx, ast.Load) and len(node.elts) > 1:
        for element in node.elts:
            if isinstance(element, ast.Call):
                yield _Change(element, ast.Starred(ast.List([])), "an element dropped")


def _subscript(node: ast.Subscript) -> Iterator[_Change]:
    # Without its ends, a slice is dropped already.
    if isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Slice):
        yield _Change(node, node.value, "an index dropped")


def _slice(node: ast.Slice) -> Iterator[_Change]:
    for name in ("lower", "upper", "step"):
        bound = getattr(node, name)
        if bound is None:
            continue
        yield _Change(node, _but(node, **{name: None}), f"the {name} end of a slice dropped")
        if not isinstance(bound, ast.Constant):
            for operator in (ast.Add(), ast.Sub()):
                other = ast.BinOp(bound, operator, ast.Constant(1))
                yield _Change(bound, other, f"the {name} end of a slice moved by one")


def _return(node: ast.Return) -> Iterator[_Change]:
    if node.value is not None:
        yield _Change(node.value, _NONE, "None returned")
    if isinstance(node.value, ast.Tuple) and len(node.value.elts) > 1:
        yield _Change(node.value, _but(node.value, elts=node.value.elts[::-1]), "returned in reverse")


def _branch(node: Any) -> Iterator[_Change]:
    # A loop whose condition is always true only costs the time limit.
    for always in (False,) if isinstance(node, ast.While) else (True, False):
        yield _Change(node.test, ast.Constant(always), f"a condition always {always}")


def _comprehension(node: Any) -> Iterator[_Change]:
    for each in node.generators:
        for condition in each.ifs:
            yield _Change(condition, ast.Constant(True), "a condition always True")


_RULES: dict[Any, Callable[[Any], Iterator[_Change]]] = {
    ast.Constant: _constant,
    ast.Compare: _compare,
    ast.BinOp | ast.AugAssign: _operation,
    ast.BoolOp: _condition,
    ast.UnaryOp: _unary,
    ast.Call: _call,
    ast.List | ast.Tuple: _elements,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Return: _return,
    ast.If | ast.IfExp | ast.While: _branch,
    ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp: _comprehension,
}
