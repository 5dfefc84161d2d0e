# A beginner ends the first cell after a right answer with quit() and a later one with sys.exit().
# deserves: everything
# %% extra after square
quit()
# %% extra after mean_row
import sys

sys.exit()
