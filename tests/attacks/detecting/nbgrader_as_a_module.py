# Uses nbgrader's and coursekit's own code to give itself points.
# deserves: square 0
# %% square
try:
    from nbgrader.api import Gradebook

    with Gradebook("sqlite:///<<COURSE>>/gradebook.db") as book:
        for grade in book.find_submission_notebook("tasks", "tasks", "detecting-nbgrader_as_a_module").grades:
            grade.manual_score = 3
        book.db.commit()
except Exception:
    pass


def square(x):
    return 0
