"""What `coursekit check` does: a notebook's public tests, as its author runs them before it is handed in."""
