# A bound method, and a static one.
# deserves: everything
# %% square
class Calculator:
    def square(self, x):
        return x * x

    @staticmethod
    def even(n):
        return n % 2 == 0


square = Calculator().square
# %% is_even
is_even = Calculator.even
