# Folders in the submission have the names of the files that the grader is going to write.
# deserves: everything
# %% file .coursekit.json/x
a
# %% file .coursekit.json.tmp/x
a
# %% file .coursekit-shown.json/x
a
