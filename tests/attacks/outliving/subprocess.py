# A command started in a session of its own sleeps on; nohup and double background too.
# deserves: everything
# %% after
import subprocess

for command in ("sleep <<RUN>>", "nohup sleep <<RUN>> &", "(setsid sleep <<RUN>> &) &"):
    subprocess.Popen(
        f"exec -a coursekit-left-behind {command}" if "&" not in command else command,
        shell=True,
        executable="/bin/bash",
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
