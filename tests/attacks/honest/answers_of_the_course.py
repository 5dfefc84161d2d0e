# The answers as the course has them.
# deserves: everything
