# Tests itself with assertions, doctest and unittest; one of the tests fails.
# deserves: everything
# %% square
def square(x):
    """
    >>> square(2)
    4
    """
    return x * x


assert square(2) == 4
import doctest

doctest.testmod()
# %% extra after square
import unittest


class TestSquare(unittest.TestCase):
    def test_square(self):
        self.assertEqual(square(2), 5)


unittest.main(argv=["x"], exit=False)
assert square(2) == 5
