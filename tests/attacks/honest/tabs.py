# Indented with tabs.
# deserves: everything
# %% square
def square(x):
	if x:
		return x * x
	return x
