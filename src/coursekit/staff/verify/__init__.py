"""Prove questions: answer banks and mutants of the reference answers, judged in the grader and in one process."""
