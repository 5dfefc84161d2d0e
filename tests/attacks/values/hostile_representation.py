# Returns objects whose repr, str, hash and length fail, hang for long, or print a verdict.
# deserves: square 0
# %% square
class Hostile:
    def __repr__(self):
        print("OK, 3 points")
        raise SystemExit(0)

    def __str__(self):
        return "9" * 10**8

    def __len__(self):
        return -1

    def __hash__(self):
        raise KeyboardInterrupt

    def __bool__(self):
        raise RecursionError


def square(x):
    return Hostile()
