"""A page for each student: points, reasons, their own notebook."""
