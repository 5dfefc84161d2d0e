"""Submissions in: from folders, archives and platforms to nbgrader's folder `submitted`."""
