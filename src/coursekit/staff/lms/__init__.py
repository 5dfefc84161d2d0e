"""Points out, and names in: one module a learning platform."""
