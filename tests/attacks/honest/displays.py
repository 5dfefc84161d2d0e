# Displays objects, tables and pages.
# deserves: everything
# %% mean_row
from IPython.display import HTML, Markdown, clear_output, display


def mean_row(table):
    display(table)
    display(HTML("<b>means</b>"), Markdown("*means*"))
    clear_output()
    return table.mean(axis=1)


display(mean_row)
