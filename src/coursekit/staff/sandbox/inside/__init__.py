"""What runs inside a sandbox. A file in this folder enters it; no other file of the instructors' half does."""
