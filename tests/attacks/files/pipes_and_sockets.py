# A named pipe, a socket and a link that points at itself lie beside the notebook, which is right.
# deserves: everything
import os
import socket


def plant(folder):
    os.mkfifo(folder / "data.csv")
    (folder / "loop").symlink_to("loop")
    (folder / "up").symlink_to("..")
    here = os.getcwd()
    os.chdir(folder)  # the path of a socket may not be long
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.bind("socket")
    finally:
        os.chdir(here)
