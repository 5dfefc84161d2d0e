# The list of inputs, the list of outputs and the namespace are rewritten after each cell.
# deserves: square 0
# %% square
def square(x):
    return 0


def rewrite(result):
    shell = get_ipython()
    shell.user_ns["In"][-1] = "pass"
    shell.user_ns["_ih"][-1] = "pass"
    shell.user_ns["Out"].clear()
    result.error_in_exec = result.error_before_exec = None


get_ipython().events.register("post_run_cell", rewrite)
get_ipython().events.register("post_execute", lambda: None)
