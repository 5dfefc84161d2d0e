"""A kind of value that may cross between a student's process and the examiner's, and what the tables of kinds share."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from coursekit.staff.sandbox.inside.messages import CannotCross

if TYPE_CHECKING:
    from coursekit.staff.sandbox.inside.wire import Reader, Writer


class Kind(NamedTuple):
    """A kind of value that may cross.

    tag: what it is written under. includes: whether a value is of this kind. write: what stands for a value; JSON,
    and buffers of the writer. read: the value again, from something that a hostile student may have made up: whatever
    it raises refuses it. changeable: whether it matters that two of these values are one and the same.
    """

    tag: str
    includes: Callable[[Any], bool]
    write: Callable[[Any, "Writer"], Any]
    read: Callable[[Any, "Reader"], Any]
    changeable: bool = False


def exactly(kind: type) -> Callable[[Any], bool]:
    """Whether a value is of this type, and of none that is derived from it."""
    return lambda value: type(value) is kind


def whole(numbers: Any) -> list[int]:
    """The numbers of a list that holds only integers. Raises CannotCross for any other one."""
    if not isinstance(numbers, list) or any(type(number) is not int for number in numbers):
        raise CannotCross("a damaged list of numbers")
    return numbers
