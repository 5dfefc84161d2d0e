# Plots inside the notebook.
# deserves: everything
# %% before
%matplotlib inline
# %% mean_row
import matplotlib.pyplot as plt


def mean_row(table):
    means = table.mean(axis=1)
    plt.plot(means)
    plt.show()
    return means


plt.plot([1, 2, 3])
