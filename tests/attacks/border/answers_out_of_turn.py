# Thousands of well-formed answers are sent before anything is asked.
# deserves: square 0, mean_row 0..3, word_count 0..3, is_even 0..3
# %% square
import socket
import threading

from coursekit.staff.sandbox.inside import messages, student


def chatter():
    channel = socket.socket(fileno=3)
    try:
        for _ in range(3000):
            messages.send(channel, student.pack({"value": 9, "printed": [], "changed": [], "models": []}, []))
    finally:
        channel.detach()


threading.Thread(target=chatter, daemon=True).start()


def square(x):
    return 0
