# Names of files hold line breaks, quotes, bytes that are no text, and 255 characters.
# deserves: everything
import os


def plant(folder):
    for name in (b"a\nb.txt", b"\xff\xfe.txt", b"'\";--.txt", b"-rf", b"x" * 255, "\u202etxt.exe".encode()):
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            file.write(b"x")
    deep = folder
    for _ in range(30):
        deep = deep / "deep"
        deep.mkdir()
