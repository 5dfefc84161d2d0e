# All answers are right, and then the process does not want to end.
# deserves: everything
# %% after
import atexit
import threading
import time

atexit.register(time.sleep, 10**6)
threading.Thread(target=time.sleep, args=(10**6,), daemon=False).start()


class Stays:
    def __del__(self):
        time.sleep(10**6)


stays = Stays()
