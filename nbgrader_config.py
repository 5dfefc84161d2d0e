"""nbgrader's settings for this course; they hold for `coursekit` and for plain `nbgrader` commands alike.

Run `nbgrader` in this folder: `nbgrader generate_assignment mnist-mlp`, `nbgrader autograde mnist-mlp`,
`nbgrader formgrader` and the others find this file by themselves.
"""

import os
import sys
from pathlib import Path

# JupyterLab reads this file too, for formgrader, and its kernels are for people.
if not any(part.startswith("jupyter") for part in Path(sys.argv[0]).parts[-2:]):  # or python -m jupyterlab
    # Kernels that grade inherit these: graded cells need no more data than the smallest profile has.
    os.environ.setdefault("COURSEKIT_PROFILE", "smoke")
    # nbgrader gives 0 points to a test cell that writes to stderr, and a progress bar goes there.
    os.environ.setdefault("COURSEKIT_PROGRESS", "off")

c = get_config()  # noqa: F821 (nbgrader defines it when it reads this file)

c.CourseDirectory.course_id = "coursekit"
# Source notebooks are notebooks/<chapter>/<chapter>.ipynb; the other folders keep nbgrader's names.
c.CourseDirectory.source_directory = "notebooks"
# What coursekit keeps beside graded work is not for students, and none of theirs may take its place.
c.CourseDirectory.ignore.append(".coursekit*")

# Seconds a cell may take: importing TensorFlow alone can take 20 s once, and nbgrader's default is 30.
c.ExecutePreprocessor.timeout = 300
c.ExecutePreprocessor.startup_timeout = 120
c.ExecutePreprocessor.iopub_timeout = 60
# Every kernel would warn on the terminal that TCP on this machine is not encrypted.
c.ExecutePreprocessor.extra_arguments = ["--log-level=50"]
# No graded cell depends on a study, and training takes long: cells with this tag are not executed.
c.ExecutePreprocessor.skip_cells_with_tag = "study"

# Whether the site has a page of model answers and reference solutions, for who learns alone (hidden tests stay hidden).
c.CoursekitSite.answers = False

# Formgrader shows students' text cells to the instructor; no script in them may run there.
c.HTMLExporter.sanitize_html = True
