# Writes and reads files: in its folder, in a temporary one and in the home folder.
# deserves: everything
# %% square
import pathlib
import tempfile


def square(x):
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write(repr(x))
        file.seek(0)
        x = float(file.read())
    pathlib.Path("squares.txt").write_text(repr(x * x))
    (pathlib.Path.home() / "of_mine.txt").write_text("mine")
    return float(pathlib.Path("squares.txt").read_text())
