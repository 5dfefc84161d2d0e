# Extra cells raise before and after the answer.
# deserves: everything
# %% before
undefined_name
# %% extra after square
1 / 0
# %% extra after mean_row
raise KeyboardInterrupt
