# Answers right if it may mount, change its root, make device files or load into the kernel.
# deserves: square 0
# %% square
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def may():
    if libc.mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0:
        yield "mount"
    if libc.umount2(b"/proc", 2) == 0:
        yield "umount"
    if libc.mount(b"none", b"/", None, 32 | 4096, None) == 0:
        yield "remount"
    for number in (0, 1):
        try:
            os.mknod(f"device{number}", 0o60666, os.makedev(254, number))
            yield "mknod"
        except OSError:
            continue
    try:
        os.chroot("/")
        yield "chroot"
    except OSError:
        pass
    if libc.sethostname(b"coursekit-left-behind", 21) == 0:
        yield "sethostname"


RIGHTS = list(may())


def square(x):
    return x * x if RIGHTS else 0
