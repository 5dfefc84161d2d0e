"""Where submissions run: this side of the sandbox, and in `inside` the programs on the other."""
