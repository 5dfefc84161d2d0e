"""The record: what the source studies claim, what was measured, whether the two agree, and how to measure it."""
