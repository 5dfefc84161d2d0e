"""Pictures in a student's notebook, shown only once they are known to be pictures of a bearable size.

Kind and size are read in the first bytes and nothing else is. Pillow would parse everything before the pixels: 60 kB
of compressed comments in a PNG cost its `open` half a second, and a notebook has room for thousands of them.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from typing import Any, ClassVar

MEDIA_TYPES = ("image/png", "image/jpeg")
# Bytes of one picture; pixels of one.
BYTES, PIXELS = 2_000_000, 25_000_000
ALT_TEXT = 500


@dataclass(frozen=True)
class Picture:
    """A picture as the page shows it, width and height in pixels."""

    kind: ClassVar[str] = "picture"
    media_type: str
    content: bytes
    width: int
    height: int
    alt: str

    @property
    def address(self) -> str:
        """The picture itself, as a data URL."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content).decode('ascii')}"


def read_picture(media_type: str, data: Any, alt: str) -> Picture:
    """The picture in the text `data`, base64. Raises ValueError with the reason for what is not shown."""
    if len(data) > 1.5 * BYTES:
        raise ValueError(f"it is larger than {BYTES / 1e6:g} MB")
    try:
        content = base64.b64decode("".join(data.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("its data are damaged") from None
    size = _png_size(content) if media_type == "image/png" else _jpeg_size(content)
    if size is None:
        raise ValueError(f"it is not what it is said to be, {media_type}")
    if len(content) > BYTES:
        raise ValueError(f"it is larger than {BYTES / 1e6:g} MB")
    width, height = size
    if not 0 < width * height <= PIXELS:
        raise ValueError(f"it measures {width} by {height} pixels")
    return Picture(media_type, content, width, height, alt[:ALT_TEXT])


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Read in the first segment that describes a frame."""
    at = 2 if content.startswith(b"\xff\xd8\xff") else len(content)
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return width, height
        at += 1 if marker == 0xFF else 2 + struct.unpack(">H", content[at + 2 : at + 4])[0]
    return None
