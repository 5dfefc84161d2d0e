# Two thousand files lie beside the notebook, which is right.
# deserves: everything
def plant(folder):
    for number in range(2000):
        (folder / f"{number}.txt").write_text("x")
