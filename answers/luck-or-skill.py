# Answers to the autograded questions of luck-or-skill, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% wins | right | 2 | two loops
def wins(one, two):
    won = 0
    for a in one:
        for b in two:
            if a > b:
                won += 1
            elif a == b:
                won += 0.5
    return won / (len(one) * len(two))


# %% wins | right | 2 | all pairs at once, by the sign of the difference
def wins(one, two):
    differences = np.subtract.outer(np.asarray(one, float), np.asarray(two, float))
    return (np.mean(np.sign(differences)) + 1) / 2


# %% wins | right | 2 | by ranks
def wins(one, two):
    return stats.mannwhitneyu(one, two).statistic / len(one) / len(two)


# %% wins | wrong | 0 | pairs the runs by their place
def wins(one, two):
    pairs = list(zip(one, two))
    return sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs)


# %% wins | wrong | 1 | forgets equal scores
def wins(one, two):
    return np.mean([a > b for a in one for b in two])


# %% wins | wrong | 1 | counts equal scores as wins
def wins(one, two):
    return np.mean([a >= b for a in one for b in two])


# %% wins | wrong | 0 | the number of pairs instead of the share
def wins(one, two):
    return sum((a > b) + 0.5 * (a == b) for a in one for b in two)


# %% wins | wrong | 0 | the wrong way round
def wins(one, two):
    return np.mean([(a < b) + 0.5 * (a == b) for a in one for b in two])


# %% wins | wrong | 0 | compares the means
def wins(one, two):
    return 0.5 if np.mean(one) == np.mean(two) else float(np.mean(one) > np.mean(two))


# %% wins | wrong | 0 | divides by the runs of one network
def wins(one, two):
    return sum((a > b) + 0.5 * (a == b) for a in one for b in two) / len(one)


# %% two-intervals | right | 3 | the library's intervals
def two_intervals(mean, deviation, runs):
    error = deviation / runs**0.5
    return (
        stats.t.interval(0.95, runs - 1, loc=mean, scale=error),
        stats.t.interval(0.95, df=runs - 1, loc=mean, scale=(deviation**2 + error**2) ** 0.5),
    )


# %% two-intervals | right | 3 | arrays and a loop
def two_intervals(mean, deviation, runs):
    sides = np.array([-1, 1]) * stats.t.isf(0.025, runs - 1)
    found = []
    for variance in (deviation**2 / runs, deviation**2 / runs + deviation**2):
        found.append(mean + sides * np.sqrt(variance))
    return found


# %% two-intervals | wrong | 0 | 1.96 however few runs
def two_intervals(mean, deviation, runs):
    a, b = 1.96 * deviation / np.sqrt(runs), 1.96 * deviation * np.sqrt(1 + 1 / runs)
    return (mean - a, mean + a), (mean - b, mean + b)


# %% two-intervals | wrong | 0 | as many degrees of freedom as runs
def two_intervals(mean, deviation, runs):
    t = stats.t.ppf(0.975, runs)
    a, b = t * deviation / np.sqrt(runs), t * deviation * np.sqrt(1 + 1 / runs)
    return (mean - a, mean + a), (mean - b, mean + b)


# %% two-intervals | wrong | 0 | leaves out 5 % on either side
def two_intervals(mean, deviation, runs):
    t = stats.t.ppf(0.95, runs - 1)
    a, b = t * deviation / np.sqrt(runs), t * deviation * np.sqrt(1 + 1 / runs)
    return (mean - a, mean + a), (mean - b, mean + b)


# %% two-intervals | wrong | 1 | forgets the root of the runs
def two_intervals(mean, deviation, runs):
    t = stats.t.ppf(0.975, runs - 1)
    a, b = t * deviation, t * deviation * np.sqrt(1 + 1 / runs)
    return (mean - a, mean + a), (mean - b, mean + b)


# %% two-intervals | wrong | 2 | the next run without the error of the mean
def two_intervals(mean, deviation, runs):
    t = stats.t.ppf(0.975, runs - 1)
    a, b = t * deviation / np.sqrt(runs), t * deviation
    return (mean - a, mean + a), (mean - b, mean + b)


# %% two-intervals | wrong | 2 | adds the two errors instead of their squares
def two_intervals(mean, deviation, runs):
    t = stats.t.ppf(0.975, runs - 1)
    a = t * deviation / np.sqrt(runs)
    b = a + t * deviation
    return (mean - a, mean + a), (mean - b, mean + b)


# %% two-intervals | wrong | 0 | half widths instead of ends
def two_intervals(mean, deviation, runs):
    t = stats.t.ppf(0.975, runs - 1)
    return t * deviation / np.sqrt(runs), t * deviation * np.sqrt(1 + 1 / runs)


# %% two-intervals | wrong | 2 | the interval of the mean only
def two_intervals(mean, deviation, runs):
    a = stats.t.ppf(0.975, runs - 1) * deviation / np.sqrt(runs)
    return ((mean - a, mean + a), None)


# %% permutation-p | right | 3 | loops and sums
def permutation_p(one, two):
    from itertools import combinations

    scores = list(one) + list(two)
    measured = abs(sum(one) / len(one) - sum(two) / len(two))
    extreme = ways = 0
    for places in combinations(range(len(scores)), len(one)):
        first = [scores[i] for i in places]
        second = [scores[i] for i in range(len(scores)) if i not in places]
        gap = abs(sum(first) / len(first) - sum(second) / len(second))
        ways += 1
        extreme += gap >= measured - 1e-12
    return extreme / ways


# %% permutation-p | right | 3 | the rest from the sum of all, at once
def permutation_p(one, two):
    import itertools

    scores = np.concatenate([one, two]).astype(float)
    sums = scores[list(itertools.combinations(range(scores.size), len(one)))].sum(axis=1)
    gaps = np.abs(sums / len(one) - (scores.sum() - sums) / len(two))
    return np.mean(gaps > abs(np.mean(one) - np.mean(two)) - 1e-9)


# %% permutation-p | right | 3 | all orders with a recursion
def permutation_p(one, two):
    scores, target = [*one, *two], abs(np.mean(one) - np.mean(two)) - 1e-12

    def ways(rest, first, second):
        if not rest:
            if len(first) != len(one):
                return 0, 0
            return int(abs(np.mean(first) - np.mean(second)) >= target), 1
        parts = [ways(rest[1:], first + rest[:1], second), ways(rest[1:], first, second + rest[:1])]
        return tuple(map(sum, zip(*parts)))

    extreme, number = ways(scores, [], [])
    return extreme / number


# %% permutation-p | wrong | 0 | to one side only
def permutation_p(one, two):
    from itertools import combinations

    scores = np.array([*one, *two], float)
    gaps = []
    for places in combinations(range(len(scores)), len(one)):
        chosen = np.isin(np.arange(len(scores)), places)
        gaps.append(scores[chosen].mean() - scores[~chosen].mean())
    return np.mean(np.array(gaps) >= np.mean(one) - np.mean(two) - 1e-12)


# %% permutation-p | wrong | 0 | only what is farther apart, not as far
def permutation_p(one, two):
    from itertools import combinations

    scores = np.array([*one, *two], float)
    gaps = []
    for places in combinations(range(len(scores)), len(one)):
        chosen = np.isin(np.arange(len(scores)), places)
        gaps.append(abs(scores[chosen].mean() - scores[~chosen].mean()))
    return np.mean(np.array(gaps) > abs(np.mean(one) - np.mean(two)) + 1e-12)


# %% permutation-p | wrong | 0 | the share that is not as far apart
def permutation_p(one, two):
    from itertools import combinations

    scores = np.array([*one, *two], float)
    gaps = []
    for places in combinations(range(len(scores)), len(one)):
        chosen = np.isin(np.arange(len(scores)), places)
        gaps.append(abs(scores[chosen].mean() - scores[~chosen].mean()))
    return np.mean(np.array(gaps) < abs(np.mean(one) - np.mean(two)) - 1e-12)


# %% permutation-p | wrong | 2 | always two halves
def permutation_p(one, two):
    from itertools import combinations

    scores = np.array([*one, *two], float)
    gaps = []
    for places in combinations(range(len(scores)), len(scores) // 2):
        chosen = np.isin(np.arange(len(scores)), places)
        gaps.append(abs(scores[chosen].mean() - scores[~chosen].mean()))
    return np.mean(np.array(gaps) >= abs(np.mean(one) - np.mean(two)) - 1e-12)


# %% permutation-p | wrong | 2 | chooses scores, and loses equal ones
def permutation_p(one, two):
    from itertools import combinations

    scores = [*one, *two]
    gaps = []
    for first in combinations(scores, len(one)):
        second = [score for score in scores if score not in first] or [np.mean(scores)]
        gaps.append(abs(np.mean(first) - np.mean(second)))
    return np.mean(np.array(gaps) >= abs(np.mean(one) - np.mean(two)) - 1e-12)


# %% permutation-p | wrong | 0 | a hundred random deals
def permutation_p(one, two):
    rng, scores = np.random.default_rng(0), np.array([*one, *two], float)
    gaps = []
    for _ in range(100):
        mixed = rng.permutation(scores)
        gaps.append(abs(mixed[: len(one)].mean() - mixed[len(one) :].mean()))
    return np.mean(np.array(gaps) >= abs(np.mean(one) - np.mean(two)) - 1e-12)


# %% permutation-p | wrong | 0 | Welch's p
def permutation_p(one, two):
    return stats.ttest_ind(one, two, equal_var=False).pvalue


# %% permutation-p | wrong | 0 | leaves out the measured way
def permutation_p(one, two):
    from itertools import combinations

    scores = np.array([*one, *two], float)
    gaps = []
    for places in combinations(range(len(scores)), len(one)):
        chosen = np.isin(np.arange(len(scores)), places)
        gaps.append(abs(scores[chosen].mean() - scores[~chosen].mean()))
    return np.mean(np.array(gaps[1:]) >= abs(np.mean(one) - np.mean(two)) - 1e-12)


# %% permutation-p | equivalent | 3 | nothing lies on the bound, which is for rounding
# - return float(np.mean(np.array(gaps) >= measured - 1e-12))
# + return float(np.mean(np.array(gaps) > measured - 1e-12))


# %% permutation-p | equivalent | 3 | means of whole numbers in groups of such sizes need no rounding
# - return float(np.mean(np.array(gaps) >= measured - 1e-12))
# + return float(np.mean(np.array(gaps) >= measured - 0.0))


# %% mcnemar | right | 3 | counts in a loop, and twice the tail
def mcnemar(right_one, right_two):
    from math import comb

    b = c = 0
    for one, two in zip(right_one, right_two):
        if one and not two:
            b += 1
        if two and not one:
            c += 1
    tail = sum(comb(b + c, k) for k in range(min(b, c) + 1)) / 2 ** (b + c)
    return b, c, min(1.0, 2 * tail)


# %% mcnemar | right | 3 | by differences of the truth values
def mcnemar(right_one, right_two):
    signs = np.array(right_one).astype(int) - np.array(right_two).astype(int)
    plus, minus = np.count_nonzero(signs > 0), np.count_nonzero(signs < 0)
    if plus == minus:
        return plus, minus, 1.0
    return [plus, minus, stats.binomtest(k=minus, n=plus + minus, p=0.5).pvalue]


# %% mcnemar | wrong | 0 | counts all right answers
def mcnemar(right_one, right_two):
    b, c = int(np.sum(right_one)), int(np.sum(right_two))
    return b, c, stats.binomtest(b, b + c).pvalue if b + c else 1.0


# %% mcnemar | wrong | 1 | to one side only
def mcnemar(right_one, right_two):
    b, c = int(np.sum(right_one & ~right_two)), int(np.sum(~right_one & right_two))
    return b, c, stats.binomtest(max(b, c), b + c, alternative="greater").pvalue if b + c else 1.0


# %% mcnemar | wrong | 1 | tosses a coin for every image
def mcnemar(right_one, right_two):
    b, c = int(np.sum(right_one & ~right_two)), int(np.sum(~right_one & right_two))
    return b, c, stats.binomtest(b, len(right_one)).pvalue


# %% mcnemar | wrong | 1 | by the normal curve
def mcnemar(right_one, right_two):
    b, c = int(np.sum(right_one & ~right_two)), int(np.sum(~right_one & right_two))
    z = abs(b - c) / np.sqrt(b + c) if b + c else 0
    return b, c, 2 * stats.norm.sf(z)


# %% mcnemar | wrong | 2 | the networks exchanged, which leaves the p as it is
def mcnemar(right_one, right_two):
    b, c = int(np.sum(right_one & ~right_two)), int(np.sum(~right_one & right_two))
    return c, b, stats.binomtest(b, b + c).pvalue if b + c else 1.0


# %% mcnemar | wrong | 1 | fails without a coin
def mcnemar(right_one, right_two):
    b, c = int(np.sum(right_one & ~right_two)), int(np.sum(~right_one & right_two))
    return b, c, stats.binomtest(b, b + c).pvalue


# %% mcnemar | wrong | 1 | the test's result instead of its p
def mcnemar(right_one, right_two):
    b, c = int(np.sum(right_one & ~right_two)), int(np.sum(~right_one & right_two))
    return b, c, stats.binomtest(b, b + c).statistic if b + c else 1.0


# %% survivors | right | 2 | a loop
def survivors(p_values, level=0.05):
    found = []
    for place in range(len(p_values)):
        if p_values[place] * len(p_values) <= level:
            found.append(place)
    return found


# %% survivors | right | 2 | with numpy
def survivors(p_values, level=0.05):
    p_values = np.asarray(p_values, float)
    return np.flatnonzero(p_values <= level / max(1, p_values.size)).tolist()


# %% survivors | wrong | 0 | forgets to divide the level
def survivors(p_values, level=0.05):
    return [place for place, p in enumerate(p_values) if p <= level]


# %% survivors | wrong | 0 | the values instead of their places
def survivors(p_values, level=0.05):
    return [p for p in p_values if p <= level / len(p_values)]


# %% survivors | wrong | 0 | counts the places from 1
def survivors(p_values, level=0.05):
    return [place + 1 for place, p in enumerate(p_values) if p <= level / len(p_values)]


# %% survivors | wrong | 1 | the level itself does not count
def survivors(p_values, level=0.05):
    return [place for place, p in enumerate(p_values) if p < level / len(p_values)]


# %% survivors | wrong | 1 | always at 0.05
def survivors(p_values, level=0.05):
    return [place for place, p in enumerate(p_values) if p <= 0.05 / len(p_values)]


# %% survivors | wrong | 0 | how many, not which
def survivors(p_values, level=0.05):
    return sum(p <= level / len(p_values) for p in p_values)


# %% survivors | wrong | 0 | divides by those below the level only
def survivors(p_values, level=0.05):
    small = [p for p in p_values if p <= level]
    return [place for place, p in enumerate(p_values) if p <= level / max(1, len(small))]


# %% survivors | wrong | 1 | fails on an empty list
def survivors(p_values, level=0.05):
    limit = level / len(p_values)
    return [place for place, p in enumerate(p_values) if p <= limit]
