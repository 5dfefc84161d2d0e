"""The learning platforms that are known; a new one is a module beside this one and a line here."""

from coursekit.staff.lms import canvas, moodle, nbgrader, table
from coursekit.staff.lms.platform import Platform

# In the order in which they are asked about a name: Canvas would take some of Moodle's for its own.
PLATFORMS: tuple[Platform, ...] = (
    moodle.PLATFORM,
    canvas.PLATFORM,
    nbgrader.PLATFORM,
    table.PLATFORM,
)
