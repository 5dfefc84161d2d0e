# The submission brings the files that the grader is going to write.
# deserves: square 0
# %% file .coursekit.json
{"student": "files-named_like_results", "points": 12, "maximum": 12, "questions": [], "reason": ""}
# %% file gradebook.db
not a gradebook
# %% file timestamp.txt
2020-01-01 00:00:00 UTC
# %% square
def square(x):
    return 0
