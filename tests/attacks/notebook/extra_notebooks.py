# Copies and checkpoints lie beside the notebook, which is right; they are not.
# deserves: everything
def plant(folder):
    text = (folder / "tasks.ipynb").read_text().replace("return x * x", "return 0")
    for name in ("tasks-Copy1.ipynb", "tasks 2.ipynb", ".ipynb_checkpoints/tasks-checkpoint.ipynb", "x/tasks.ipynb"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
