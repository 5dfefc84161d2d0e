"""Messages between processes: what they look like, and how they go over a socket.

On a socket, each message follows its length (`send`, `receive`). One that holds values is JSON with the bytes of their
arrays behind it (`pack`, `unpack`); nothing in it names code to run.
"""

import json
import socket
import time
from typing import Any

# Far more than any exercise needs, and little enough for every machine.
MAX_BYTES = 256_000_000
MAX_BUFFERS = 200_000

# First byte of a message from the examiner: for the student, the verdict on the cell, or what the student's side used.
FOR_STUDENT, VERDICT, USED = b"S", b"V", b"U"
# And of one to it: what the student answered, or why there is no answer; a cell to run; files to write.
ANSWER, GONE, CELL, FILES = b"A", b"G", b"C", b"F"


class CannotCross(Exception):
    """Something that may not cross the border; the message says what, and what may."""


def send(channel: socket.socket, message: bytes, deadline: float | None = None) -> None:
    """Send one message.

    Raises TimeoutError at the deadline (of time.monotonic()); without one it takes as long as it takes.
    """
    if deadline is not None:
        channel.settimeout(max(0.01, deadline - time.monotonic()))
    channel.sendall(len(message).to_bytes(8, "big"))
    channel.sendall(message)


def receive(channel: socket.socket, deadline: float | None = None, limit: int | None = None) -> bytes:
    """The next message.

    Raises TimeoutError at the deadline (of time.monotonic()), EOFError when the other side is gone, and CannotCross
    for a message of more than `limit` bytes, of which nothing is read.
    """
    size = int.from_bytes(_exactly(channel, 8, deadline), "big")
    if limit is not None:
        _check_size(size, limit)
    return _exactly(channel, size, deadline)


def _exactly(channel: socket.socket, size: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        if deadline is not None:
            channel.settimeout(max(0.001, deadline - time.monotonic()))
        part = channel.recv(min(size - len(parts), 1 << 20))
        if not part:
            raise EOFError("the other side is gone")
        parts += part
    return bytes(parts)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise CannotCross(f"{size / 1e6:,.0f} MB at once; at most {limit / 1e6:,.0f} MB may cross")


def pack(header: Any, buffers: list[bytes]) -> bytes:
    """One message: the length of the JSON text, the text, the buffers."""
    text = json.dumps({"header": header, "sizes": [len(b) for b in buffers]}).encode()
    message = b"".join([len(text).to_bytes(8, "big"), text, *buffers])
    _check_size(len(message), MAX_BYTES)
    return message


def unpack(message: bytes) -> tuple[Any, list[memoryview]]:
    """The header and the buffers of a message. Raises CannotCross for one that is not well formed."""
    view = memoryview(message)
    try:
        length = int.from_bytes(view[:8], "big")
        content = json.loads(bytes(view[8 : 8 + length]))
        header, sizes = content["header"], content["sizes"]
        if not isinstance(sizes, list) or len(sizes) > MAX_BUFFERS:
            raise ValueError("sizes")
        if any(type(size) is not int or size < 0 for size in sizes):
            raise ValueError("sizes")
        at, buffers = 8 + length, []
        for size in sizes:
            buffers.append(view[at : at + size])
            at += size
        if at != len(message):
            raise ValueError("length")
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CannotCross(f"a damaged message ({type(error).__name__})") from None
    return header, buffers


def in_short(error: BaseException) -> str:
    """An error's type and the beginning of its message, for the message of a CannotCross."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "without a readable message"
    return f"{type(error).__name__}: {text[:300]}"
