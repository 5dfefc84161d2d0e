# Awaits at the top level, and runs a loop of its own.
# deserves: everything
# %% square
import asyncio


async def product(a, b):
    await asyncio.sleep(0)
    return a * b


two = await product(1, 2)


def square(x):
    assert two == 2
    return x * x
