# Answers to the autograded questions of cnn-design, right and wrong, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% follow-sizes | right | 2 | unpacks the tuples by kind
def follow_sizes(size, layers):
    sides = []
    for layer in layers:
        if layer[0] == "conv":
            _, filters, kernel, padding = layer
            if padding == "valid":
                size -= kernel - 1
        else:
            size //= layer[1]
        sides.append(size)
    return sides


# %% follow-sizes | right | 2 | recursion, and an array
def follow_sizes(size, layers):
    if not layers:
        return np.array([], dtype=int)
    first, rest = layers[0], layers[1:]
    if first[0] == "pool":
        now = int(np.floor(size / first[1]))
    else:
        now = size if first[3] == "same" else size - first[2] + 1
    return np.concatenate([[now], follow_sizes(now, rest)]).astype(int)


# %% follow-sizes | right | 2 | accumulates over the layers
def follow_sizes(size, layers):
    from itertools import accumulate

    step = lambda s, l: s // l[1] if l[0] == "pool" else s - (l[2] - 1) * (l[3] == "valid")
    return list(accumulate(layers, step, initial=size))[1:]


# %% follow-sizes | wrong | 0 | takes the filters for the kernel
def follow_sizes(size, layers):
    sides = []
    for kind, *numbers in layers:
        if kind == "pool":
            size = size // numbers[0]
        elif numbers[2] == "valid":
            size = size - numbers[0] + 1
        sides.append(size)
    return sides


# %% follow-sizes | wrong | 0 | forgets the plus one
def follow_sizes(size, layers):
    sides = []
    for kind, *numbers in layers:
        if kind == "pool":
            size = size // numbers[0]
        elif numbers[2] == "valid":
            size = size - numbers[1]
        sides.append(size)
    return sides


# %% follow-sizes | wrong | 0 | rounds a pooling up
def follow_sizes(size, layers):
    sides = []
    for kind, *numbers in layers:
        if kind == "pool":
            size = -(-size // numbers[0])
        elif numbers[2] == "valid":
            size = size - numbers[1] + 1
        sides.append(size)
    return sides


# %% follow-sizes | wrong | 0 | overlooks the padding
def follow_sizes(size, layers):
    sides = []
    for kind, *numbers in layers:
        size = size // numbers[0] if kind == "pool" else size - numbers[1] + 1
        sides.append(size)
    return sides


# %% follow-sizes | wrong | 0 | the last side only
def follow_sizes(size, layers):
    for kind, *numbers in layers:
        if kind == "pool":
            size = size // numbers[0]
        elif numbers[2] == "valid":
            size = size - numbers[1] + 1
    return size


# %% follow-sizes | wrong | 0 | pads by half a kernel, which for an even one is a pixel too many
def follow_sizes(size, layers):
    out = []
    for l in layers:
        if l[0] == "conv":
            pad = l[2] // 2 if l[3] == "same" else 0
            size = size + 2 * pad - l[2] + 1
        else:
            size //= l[1]
        out.append(size)
    return out


# %% follow-sizes | wrong | 0 | a list as default value, which grows from call to call
def follow_sizes(size, layers, out=[]):
    for l in layers:
        if l[0] == "conv":
            size = size if l[3] == "same" else size - l[2] + 1
        else:
            size = size // l[1]
        out.append(size)
    return out


# %% follow-sizes | equivalent | 2 | a pool holds a single number
# - size = size // numbers[0]
# + size = size // numbers[-1]


# %% stack-parameters | right | 3 | lets Keras count
def stack_parameters(layers, size=28, channels=1):
    model = keras.Sequential([keras.Input(shape=(size, size, channels))])
    for kind, *numbers in layers:
        if kind == "conv":
            model.add(keras.layers.Conv2D(numbers[0], numbers[1], padding=numbers[2]))
        elif kind == "pool":
            model.add(keras.layers.MaxPooling2D(numbers[0]))
        elif kind == "flatten":
            model.add(keras.layers.Flatten())
        elif kind == "dense":
            model.add(keras.layers.Dense(numbers[0]))
    return model.count_params()


# %% stack-parameters | right | 3 | a shape that becomes one number
def stack_parameters(layers, size=28, channels=1):
    shape, counts = (size, size, channels), []
    for layer in layers:
        match layer:
            case ("conv", filters, kernel, padding):
                side = shape[0] - (kernel - 1 if padding == "valid" else 0)
                counts.append(kernel * kernel * shape[2] * filters + filters)
                shape = (side, side, filters)
            case ("pool", by):
                shape = (shape[0] // by, shape[1] // by, shape[2])
            case ("flatten",):
                shape = (int(np.prod(shape)),)
            case ("dense", units):
                counts.append(shape[0] * units + units)
                shape = (units,)
    return sum(counts)


# %% stack-parameters | right | 3 | the functional interface, and the sizes of all weights
def stack_parameters(layers, size=28, channels=1):
    x = inputs = keras.Input((size, size, channels))
    L = keras.layers
    for l in layers:
        x = {
            "conv": lambda: L.Conv2D(l[1], l[2], padding=l[3]),
            "pool": lambda: L.AveragePooling2D(l[1]),
            "flatten": L.Flatten,
            "dense": lambda: L.Dense(l[1]),
            "dropout": lambda: L.Dropout(l[1]),
        }[l[0]]()(x)
    return sum(int(np.prod(w.shape)) for w in keras.Model(inputs, x).weights)


# %% stack-parameters | right | 3 | asks the answer to question 1 for the sides
def stack_parameters(layers, size=28, channels=1):
    sides = [size, *follow_sizes(size, [layer for layer in layers if layer[0] in ("conv", "pool")])]
    total, depth, units = 0, channels, 0
    for layer in layers:
        if layer[0] == "conv":
            total += layer[1] * (depth * layer[2] ** 2 + 1)
            depth = layer[1]
        elif layer[0] == "flatten":
            units = sides[-1] ** 2 * depth
        elif layer[0] == "dense":
            total += layer[1] * (units + 1)
            units = layer[1]
    return total


# %% stack-parameters | wrong | 1 | forgets that later convolutions have more input channels
def stack_parameters(layers, size=28, channels=1):
    total, units, depth = 0, None, channels
    for kind, *numbers in layers:
        if kind == "conv":
            total += numbers[0] * (numbers[1] ** 2 * channels + 1)
            size, depth = size if numbers[2] == "same" else size - numbers[1] + 1, numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * depth
        elif kind == "dense":
            total, units = total + (units + 1) * numbers[0], numbers[0]
    return total


# %% stack-parameters | wrong | 0 | forgets the biases
def stack_parameters(layers, size=28, channels=1):
    total, units = 0, None
    for kind, *numbers in layers:
        if kind == "conv":
            total += numbers[0] * numbers[1] ** 2 * channels
            size, channels = size if numbers[2] == "same" else size - numbers[1] + 1, numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total, units = total + units * numbers[0], numbers[0]
    return total


# %% stack-parameters | wrong | 0 | the flat row without the channels
def stack_parameters(layers, size=28, channels=1):
    total, units = 0, None
    for kind, *numbers in layers:
        if kind == "conv":
            total += numbers[0] * (numbers[1] ** 2 * channels + 1)
            size, channels = size if numbers[2] == "same" else size - numbers[1] + 1, numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size
        elif kind == "dense":
            total, units = total + (units + 1) * numbers[0], numbers[0]
    return total


# %% stack-parameters | wrong | 1 | every dense layer starts from the flat row
def stack_parameters(layers, size=28, channels=1):
    total, units = 0, None
    for kind, *numbers in layers:
        if kind == "conv":
            total += numbers[0] * (numbers[1] ** 2 * channels + 1)
            size, channels = size if numbers[2] == "same" else size - numbers[1] + 1, numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total += (units + 1) * numbers[0]
    return total


# %% stack-parameters | wrong | 1 | overlooks padding
def stack_parameters(layers, size=28, channels=1):
    total, units = 0, None
    for kind, *numbers in layers:
        if kind == "conv":
            total += numbers[0] * (numbers[1] ** 2 * channels + 1)
            size, channels = size - numbers[1] + 1, numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total, units = total + (units + 1) * numbers[0], numbers[0]
    return total


# %% stack-parameters | wrong | 1 | pads by half a kernel, which for an even one is a pixel too many
def stack_parameters(layers, size=28, channels=1):
    total, units = 0, None
    for kind, *n in layers:
        if kind == "conv":
            total += n[0] * (n[1] ** 2 * channels + 1)
            size = size + 2 * (n[1] // 2 if n[2] == "same" else 0) - n[1] + 1
            channels = n[0]
        elif kind == "pool":
            size //= n[0]
        elif kind == "flatten":
            units = size**2 * channels
        elif kind == "dense":
            total += units * n[0] + n[0]
            units = n[0]
    return total


# %% stack-parameters | wrong | 1 | rounds a pooling to the nearest
def stack_parameters(layers, size=28, channels=1):
    total, units = 0, None
    for kind, *n in layers:
        if kind == "conv":
            total += n[0] * (n[1] ** 2 * channels + 1)
            size = size if n[2] == "same" else size - n[1] + 1
            channels = n[0]
        elif kind == "pool":
            size = -(-size // n[0])
        elif kind == "flatten":
            units = size**2 * channels
        elif kind == "dense":
            total += units * n[0] + n[0]
            units = n[0]
    return total


# %% stack-parameters | wrong | 1 | dropout takes units away
def stack_parameters(layers, size=28, channels=1):
    total, units = 0, None
    for kind, *n in layers:
        if kind == "conv":
            total += n[0] * (n[1] ** 2 * channels + 1)
            size = size if n[2] == "same" else size - n[1] + 1
            channels = n[0]
        elif kind == "pool":
            size //= n[0]
        elif kind == "flatten":
            units = size**2 * channels
        elif kind == "dense":
            total += units * n[0] + n[0]
            units = n[0]
        elif kind == "dropout":
            units = int(units * (1 - n[0]))
    return total


# %% stack-parameters | wrong | 2 | counts convolutions only where a flat row follows
def stack_parameters(layers, size=28, channels=1):
    conv, units, total = 0, None, 0
    for kind, *n in layers:
        if kind == "conv":
            conv += n[0] * (n[1] ** 2 * channels + 1)
            size = size if n[2] == "same" else size - n[1] + 1
            channels = n[0]
        elif kind == "pool":
            size = size // n[0]
        elif kind == "flatten":
            units = size**2 * channels
            total = conv
        elif kind == "dense":
            total += units * n[0] + n[0]
            units = n[0]
    return total


# %% stack-parameters | equivalent | 3 | a pool holds a single number
# - size = size // numbers[0]
# + size = size // numbers[-1]

# %% stack-parameters | equivalent | 3 | a dense layer holds a single number
# - total += (units + 1) * numbers[0]
# + total += (units + 1) * numbers[-1]

# %% stack-parameters | equivalent | 3 | a dense layer holds a single number
# - units = numbers[0]
# + units = numbers[-1]


# %% receptive-field | right | 3 | backwards from one number
def receptive_field(layers):
    field = 1
    for kind, *numbers in reversed(layers):
        if kind == "conv":
            field = field + numbers[1] - 1
        else:
            field = field * numbers[0]
    return field


# %% receptive-field | right | 3 | follows the ends of the patch
def receptive_field(layers):
    low, high = 0, 0
    for layer in layers[::-1]:
        kernel, stride = (layer[2], 1) if layer[0] == "conv" else (layer[1], layer[1])
        low, high = low * stride, high * stride + kernel - 1
    return high - low + 1


# %% receptive-field | right | 3 | the places of the patch, backwards
def receptive_field(layers):
    seen = {0}
    for l in reversed(list(layers)):
        if l[0] == "conv":
            seen = set(range(min(seen), max(seen) + l[2]))
        else:
            seen = set(range(min(seen) * l[1], (max(seen) + 1) * l[1]))
    return len(seen)


# %% receptive-field | right | 3 | takes the layers off the list that it is given
def receptive_field(layers):
    f = 1
    while layers:
        l = layers.pop()
        f = f + l[2] - 1 if l[0] == "conv" else f * l[1]
    return f


# %% receptive-field | wrong | 1 | poolings do not stretch what follows
def receptive_field(layers):
    field = 1
    for kind, *numbers in layers:
        field += (numbers[1] if kind == "conv" else numbers[0]) - 1
    return field


# %% receptive-field | wrong | 0 | multiplies the kernels
def receptive_field(layers):
    field = 1
    for kind, *numbers in layers:
        field *= numbers[1] if kind == "conv" else numbers[0]
    return field


# %% receptive-field | wrong | 0 | adds the kernels without taking one off
def receptive_field(layers):
    field, distance = 0, 1
    for kind, *numbers in layers:
        if kind == "conv":
            field += numbers[1] * distance
        else:
            field, distance = field + (numbers[0] - 1) * distance, distance * numbers[0]
    return max(field, 1)


# %% receptive-field | wrong | 1 | ignores what a pooling itself adds
def receptive_field(layers):
    field, distance = 1, 1
    for kind, *numbers in layers:
        if kind == "conv":
            field += (numbers[1] - 1) * distance
        else:
            distance *= numbers[0]
    return field


# %% receptive-field | wrong | 1 | multiplies the field at each pooling, forwards
def receptive_field(layers):
    field = 1
    for kind, *numbers in layers:
        field = field + numbers[1] - 1 if kind == "conv" else field * numbers[0]
    return field


# %% receptive-field | wrong | 1 | stops at the 28 pixels of a digit
def receptive_field(layers):
    f = d = 1
    for k, *n in layers:
        r = n[1] if k == "conv" else n[0]
        f += (r - 1) * d
        d *= r if k == "pool" else 1
    return min(f, 28)


# %% receptive-field | wrong | 0 | half a kernel to both sides, which for an even one is a pixel too many
def receptive_field(layers):
    f = d = 1
    for k, *n in layers:
        if k == "pool":
            f += (n[0] - 1) * d
            d *= n[0]
        else:
            f += 2 * (n[1] // 2) * d
    return f


# %% receptive-field | equivalent | 3 | a pool holds a single number
# - reach = numbers[1] if kind == "conv" else numbers[0]
# + reach = numbers[1] if kind == "conv" else numbers[-1]


# %% pareto-front | right | 3 | sorted by size, best first, with a running best
def pareto_front(points):
    order = sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1]))
    kept, best, last = [], float("-inf"), None
    for i in order:
        if points[i][1] > best or tuple(points[i]) == last:
            kept.append(i)
            best, last = points[i][1], tuple(points[i])
    return sorted(kept)


# %% pareto-front | right | 3 | numpy, all pairs at once
def pareto_front(points):
    size, score = np.array(points, float).T
    no_worse = (size[:, None] <= size) & (score[:, None] >= score)
    better = (size[:, None] < size) | (score[:, None] > score)
    return np.flatnonzero(~(no_worse & better).any(axis=0))


# %% pareto-front | right | 3 | a table and two masks
def pareto_front(points):
    frame = pd.DataFrame(points, columns=["size", "score"])
    keep = []
    for i, row in frame.iterrows():
        no_worse = (frame["size"] <= row["size"]) & (frame["score"] >= row["score"])
        better = (frame["size"] < row["size"]) | (frame["score"] > row["score"])
        if not (no_worse & better).any():
            keep.append(i)
    return keep


# %% pareto-front | wrong | 1 | strictly better in both, so that ties survive
def pareto_front(points):
    return [
        i for i, (size, score) in enumerate(points) if not any(s < size and a > score for s, a in points)
    ]


# %% pareto-front | wrong | 0 | at least as good in both, so that a point dominates itself
def pareto_front(points):
    return [
        i for i, (size, score) in enumerate(points) if not any(s <= size and a >= score for s, a in points)
    ]


# %% pareto-front | wrong | 1 | one of two equal points is thrown away
def pareto_front(points):
    kept, best = [], float("-inf")
    for i in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if points[i][1] > best:
            kept.append(i)
            best = points[i][1]
    return sorted(kept)


# %% pareto-front | wrong | 0 | only compares with the points before
def pareto_front(points):
    kept, best = [], 0
    for i, (_, score) in enumerate(points):
        if score > best:
            kept.append(i)
            best = score
    return kept


# %% pareto-front | wrong | 0 | returns the points instead of their indices
def pareto_front(points):
    return [
        (s, a) for s, a in points
        if not any(t <= s and b >= a and (t, b) != (s, a) for t, b in points)
    ]


# %% pareto-front | wrong | 2 | begins with an accuracy of 0 as the best
def pareto_front(points):
    kept, best, last = [], 0, None
    for i in sorted(range(len(points)), key=lambda i: (points[i][0], -points[i][1])):
        if points[i][1] > best or points[i] == last:
            kept.append(i)
            best, last = points[i][1], points[i]
    return sorted(kept)


# %% pareto-front | wrong | 2 | rounds accuracies to whole percent
def pareto_front(points):
    rounded = [(s, round(a, 2)) for s, a in points]
    return [
        i
        for i, (s, a) in enumerate(rounded)
        if not any(t <= s and b >= a and (t, b) != (s, a) for t, b in rounded)
    ]


# %% pareto-front | wrong | 1 | looks points up by value, so that of two equal ones the first comes twice
def pareto_front(points):
    good = [(s, a) for s, a in points if not any(t <= s and b >= a and (t, b) != (s, a) for t, b in points)]
    return sorted(points.index(p) for p in good)


# %% early-stopping | right | 4 | a while loop over indices
def early_stopping(scores, patience, best=None):
    kept, last_improvement, epoch = 1, 0, 0
    while epoch < len(scores):
        epoch += 1
        if best is None or scores[epoch - 1] > best:
            best = scores[epoch - 1]
            kept = last_improvement = epoch
        elif epoch - last_improvement >= patience:
            break
    return epoch, kept


# %% early-stopping | right | 4 | running maximum in numpy
def early_stopping(scores, patience, best=None):
    scores = np.asarray(scores, float)
    before = np.maximum.accumulate([-np.inf if best is None else best, *scores])[:-1]
    better = np.flatnonzero(scores > before) + 1
    last = 0
    for epoch in [*better.tolist(), len(scores) + patience + 1]:
        if epoch - last > patience:
            break
        last = epoch
    return min(last + patience, len(scores)), max(last, 1)


# %% early-stopping | right | 4 | a running maximum in pandas
def early_stopping(scores, patience, best=None):
    s = pd.Series(scores, index=range(1, len(scores) + 1), dtype=float)
    before = s.cummax().shift(fill_value=-np.inf)
    if best is not None:
        before = before.clip(lower=best)
    better = s > before
    last, kept = 0, 1
    for e in s.index:
        if better[e]:
            last = kept = e
        elif e - last >= patience:
            return [e, kept]
    return [e, kept]


# %% early-stopping | wrong | 2 | ignores what it inherits
def early_stopping(scores, patience, best=None):
    best, kept, waited = -np.inf, 1, 0
    for epoch, score in enumerate(scores, 1):
        if score > best:
            best, kept, waited = score, epoch, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return epoch, kept


# %% early-stopping | wrong | 0 | an equal score counts as an improvement
def early_stopping(scores, patience, best=None):
    best, kept, waited = -np.inf if best is None else best, 1, 0
    for epoch, score in enumerate(scores, 1):
        if score >= best:
            best, kept, waited = score, epoch, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return epoch, kept


# %% early-stopping | wrong | 0 | compares with the epoch before instead of the best
def early_stopping(scores, patience, best=None):
    before, kept, waited = -np.inf if best is None else best, 1, 0
    for epoch, score in enumerate(scores, 1):
        if score > before:
            kept, waited = epoch, 0
        else:
            waited += 1
        before = score
        if waited >= patience:
            break
    return epoch, kept


# %% early-stopping | wrong | 0 | counts epochs from 0
def early_stopping(scores, patience, best=None):
    best, kept, waited = -np.inf if best is None else best, 0, 0
    for epoch, score in enumerate(scores):
        if score > best:
            best, kept, waited = score, epoch, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return epoch, kept


# %% early-stopping | wrong | 0 | never sets the waiting back to 0
def early_stopping(scores, patience, best=None):
    best, kept, waited = -np.inf if best is None else best, 1, 0
    for epoch, score in enumerate(scores, 1):
        if score > best:
            best, kept = score, epoch
        else:
            waited += 1
        if waited >= patience:
            break
    return epoch, kept


# %% early-stopping | wrong | 0 | keeps the last epoch
def early_stopping(scores, patience, best=None):
    best, waited = -np.inf if best is None else best, 0
    for epoch, score in enumerate(scores, 1):
        if score > best:
            best, waited = score, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return epoch, epoch


# %% early-stopping | wrong | 2 | without an improvement keeps the best of what it saw
def early_stopping(scores, patience, best=None):
    best, waited = -np.inf if best is None else best, 0
    for epoch, score in enumerate(scores, 1):
        if score > best:
            best, waited = score, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return epoch, int(np.argmax(scores[:epoch])) + 1


# %% early-stopping | wrong | 2 | begins with an accuracy of 0 as the best
def early_stopping(scores, patience, best=None):
    best = best or 0
    kept, waited = 1, 0
    for e, s in enumerate(scores, 1):
        if s > best:
            best, kept, waited = s, e, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return e, kept


# %% early-stopping | wrong | 2 | takes an inherited 0 for none
def early_stopping(scores, patience, best=None):
    best = best or -np.inf
    kept, waited = 1, 0
    for e, s in enumerate(scores, 1):
        if s > best:
            best, kept, waited = s, e, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return e, kept


# %% early-stopping | wrong | 2 | wants a rise of at least 0.001
def early_stopping(scores, patience, best=None):
    best = -np.inf if best is None else best
    kept, waited = 1, 0
    for e, s in enumerate(scores, 1):
        if s > best + 0.001:
            best, kept, waited = s, e, 0
        else:
            waited += 1
        if waited >= patience:
            break
    return e, kept


# %% errors-among | right | 2 | the sum written out
def errors_among(images, accuracy, at_most):
    from math import comb

    wrong = 1 - accuracy
    chance = sum(comb(images, k) * wrong**k * accuracy ** (images - k) for k in range(at_most + 1))
    return images * wrong, chance


# %% errors-among | right | 2 | probabilities of all counts by repeated convolution
def errors_among(images, accuracy, at_most):
    chances = np.array([1.0])
    for _ in range(images):
        chances = np.convolve(chances, [accuracy, 1 - accuracy])
    return images - images * accuracy, chances[: at_most + 1].sum()


# %% errors-among | right | 2 | in logarithms
def errors_among(images, accuracy, at_most):
    from math import lgamma, log, exp

    q = 1 - accuracy
    logs = [
        lgamma(images + 1)
        - lgamma(k + 1)
        - lgamma(images - k + 1)
        + k * log(q)
        + (images - k) * log(accuracy)
        for k in range(at_most + 1)
    ]
    return images * q, sum(map(exp, logs))


# %% errors-among | right | 2 | each probability from the one before
def errors_among(images, accuracy, at_most):
    q = 1 - accuracy
    term = total = accuracy**images
    for k in range(1, at_most + 1):
        term *= (images - k + 1) / k * q / accuracy
        total += term
    return [images * q, total]


# %% errors-among | wrong | 0 | exactly so many instead of at most
def errors_among(images, accuracy, at_most):
    from scipy import stats

    return images * (1 - accuracy), stats.binom.pmf(at_most, images, 1 - accuracy)


# %% errors-among | wrong | 0 | counts right answers
def errors_among(images, accuracy, at_most):
    from scipy import stats

    return images * accuracy, stats.binom.cdf(at_most, images, accuracy)


# %% errors-among | wrong | 0 | fewer than, not at most
def errors_among(images, accuracy, at_most):
    from scipy import stats

    return images * (1 - accuracy), stats.binom.cdf(at_most - 1, images, 1 - accuracy)


# %% errors-among | wrong | 0 | at least instead of at most
def errors_among(images, accuracy, at_most):
    from scipy import stats

    return images * (1 - accuracy), stats.binom.sf(at_most - 1, images, 1 - accuracy)


# %% errors-among | wrong | 0 | the Poisson approximation, which is not exact
def errors_among(images, accuracy, at_most):
    from scipy import stats

    return images * (1 - accuracy), stats.poisson.cdf(at_most, images * (1 - accuracy))


# %% errors-among | wrong | 0 | counts the ways in 64 bits, too few for a thousand images
def errors_among(images, accuracy, at_most):
    q, chance, ways = 1 - accuracy, 0.0, np.int64(1)
    for k in range(at_most + 1):
        chance += ways * q**k * accuracy ** (images - k)
        ways = ways * np.int64(images - k) // np.int64(k + 1)
    return images * q, chance


# %% errors-among | wrong | 0 | factorials in floats, which overflow
def errors_among(images, accuracy, at_most):
    f = lambda n: np.prod(np.arange(1, n + 1, dtype=float))
    q = 1 - accuracy
    return images * q, sum(
        f(images) / f(k) / f(images - k) * q**k * accuracy ** (images - k) for k in range(at_most + 1)
    )


# %% errors-among | wrong | 0 | rounds to four digits
def errors_among(images, accuracy, at_most):
    from scipy import stats

    return images * (1 - accuracy), round(stats.binom.cdf(at_most, images, 1 - accuracy), 4)


# %% images-needed | right | 3 | normal quantiles instead of 1.96 and 0.84
def images_needed(p, q):
    from scipy import stats

    factor = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    return int(np.ceil(factor**2 * (p - p**2 + q - q**2) / (p - q) ** 2))


# %% images-needed | right | 3 | counts up by doubling and halving
def images_needed(p, q):
    def enough(n):
        return abs(p - q) >= 2.8 * np.sqrt((p * (1 - p) + q * (1 - q)) / n)

    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


# %% images-needed | right | 3 | rounds up by a floor below 0
def images_needed(p, q):
    v = np.var([0, 1]) * 4 * (p * (1 - p)) + q * (1 - q)
    return -int(-(2.8**2) * v // (p - q) ** 2)


# %% images-needed | wrong | 0 | without power: told apart in half of the cases
def images_needed(p, q):
    return int(np.ceil(1.96**2 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2))


# %% images-needed | wrong | 0 | the variance of one score only
def images_needed(p, q):
    return int(np.ceil(2.8**2 * p * (1 - p) / (p - q) ** 2))


# %% images-needed | wrong | 0 | forgets the squares
def images_needed(p, q):
    return int(np.ceil(2.8 * (p * (1 - p) + q * (1 - q)) / abs(p - q)))


# %% images-needed | wrong | 0 | adds the squares instead of squaring the sum
def images_needed(p, q):
    return int(np.ceil((1.96**2 + 0.84**2) * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2))


# %% images-needed | wrong | 0 | does not round
def images_needed(p, q):
    return 2.8**2 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2


# %% images-needed | wrong | 0 | rounds down
def images_needed(p, q):
    return int(7.84 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2)


# %% images-needed | wrong | 0 | rounds to the nearest
def images_needed(p, q):
    return round(7.84 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2)


# %% images-needed | wrong | 0 | a quantile of 0.85 instead of 0.84
def images_needed(p, q):
    return int(np.ceil(2.81**2 * (p * (1 - p) + q * (1 - q)) / (p - q) ** 2))


# 20 seeds: reference 0.367 to 0.675, closest right answer (three padded convolutions, weight decay) from 0.357, closest
# wrong answer (plain SGD) 0.055 to 0.233, threshold 0.3
# %% build-lean-cnn | right | 3 | three padded convolutions, a pooling of 3
def build_lean_cnn():
    model = keras.Sequential([
        keras.Input(shape=(28, 28)),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(3),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-lean-cnn | right | 3 | the functional API, with a learning rate of its own
def build_lean_cnn():
    images = keras.Input(shape=(28, 28))
    x = keras.ops.expand_dims(images, -1)
    for filters, size in ((12, 5), (20, 3), (24, 3)):
        x = keras.layers.Conv2D(filters, size, activation="relu")(x)
        x = keras.layers.MaxPooling2D(2)(x) if size == 5 or filters == 20 else x
    outputs = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(x))
    model = keras.Model(images, outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.003),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    return model


# %% build-lean-cnn | right | 3 | a model in a model, and the metric as an object
def build_lean_cnn():
    features = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(16, 5, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
        ]
    )
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            features,
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        "adam", "sparse_categorical_crossentropy", metrics=[keras.metrics.SparseCategoricalAccuracy()]
    )
    return model


# %% build-lean-cnn | right | 3 | weight decay, and a metric of another name
def build_lean_cnn():
    decay = keras.regularizers.L2(0.01)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 5, activation="relu", kernel_regularizer=decay),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu", kernel_regularizer=decay),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        "adam",
        keras.losses.SparseCategoricalCrossentropy(),
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="hits")],
    )
    return model


# %% build-lean-cnn | wrong | 0 | C11 of the chapter, over the budget
def build_lean_cnn():
    model = keras.Sequential([
        keras.Input(shape=(28, 28)),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(32, 9, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-lean-cnn | wrong | 2 | small, but the dense layer owns nearly everything
def build_lean_cnn():
    model = keras.Sequential([
        keras.Input(shape=(28, 28)),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-lean-cnn | wrong | 1 | the loss for one-hot labels
def build_lean_cnn():
    model = keras.Sequential([
        keras.Input(shape=(28, 28)),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(16, 5, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(24, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(24, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-lean-cnn | wrong | 1 | a learning rate far too small to learn
def build_lean_cnn():
    model = keras.Sequential([
        keras.Input(shape=(28, 28)),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(16, 5, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(24, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(24, 3, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(keras.optimizers.SGD(1e-5), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-lean-cnn | wrong | 1 | plain SGD, which has learnt little after 24 updates
def build_lean_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 5, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-lean-cnn | wrong | 0 | forgets to compile
def build_lean_cnn():
    return keras.Sequential([
        keras.Input(shape=(28, 28)),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(16, 5, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(24, 3, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])


# %% build-lean-cnn | wrong | 0 | no softmax, and a single convolution
def build_lean_cnn():
    model = keras.Sequential([
        keras.Input(shape=(28, 28)),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(16, 9, strides=4, activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ])
    model.compile("adam", "mse", metrics=["accuracy"])
    return model


# %% build-lean-cnn | wrong | 1 | counts an answer among the first five as right
def build_lean_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 5, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["sparse_top_k_categorical_accuracy"])
    return model


# %% build-lean-cnn | wrong | 2 | a model inside hides the dense layer that owns nearly everything
def build_lean_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.Sequential(
                [
                    keras.layers.Conv2D(8, 5, strides=2, activation="relu"),
                    keras.layers.Conv2D(8, 3, activation="relu"),
                    keras.layers.Flatten(),
                    keras.layers.Dense(10, activation="softmax"),
                ]
            ),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-lean-cnn | equivalent | 3 | the design is free: another convolution that fits the budget and learns
# - keras.layers.Conv2D(filters=16, kernel_size=5, activation="relu"),
# + keras.layers.Conv2D(filters=<...>),

# %% build-lean-cnn | equivalent | 3 | the design is free: another convolution that fits the budget and learns
# - keras.layers.Conv2D(filters=24, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(filters=<...>),

# %% build-lean-cnn | equivalent | 3 | the design is free: another pooling that fits the budget and learns
# - keras.layers.MaxPooling2D(pool_size=2),
# + keras.layers.MaxPooling2D(<...>),

# %% build-lean-cnn | equivalent | 3 | two convolutions are left, which are enough
# - keras.layers.Conv2D(filters=16, kernel_size=5, activation="relu"),
# + *[],

# %% build-lean-cnn | equivalent | 3 | two convolutions are left, which are enough
# - keras.layers.Conv2D(filters=24, kernel_size=3, activation="relu"),
# + *[],

# %% build-lean-cnn | equivalent | 3 | no pooling is asked for where the budget allows for it
# - keras.layers.MaxPooling2D(pool_size=2),
# + *[],

# %% build-lean-cnn | equivalent | 3 | RMSprop learns as well
# - optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
# + optimizer='rmsprop', loss="sparse_categorical_crossentropy", metrics=["accuracy"]

# %% build-lean-cnn | equivalent | 3 | Keras's own choice, RMSprop, learns as well
# - model.compile(
# - optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
# - )
# + model.compile(loss='sparse_categorical_crossentropy', metrics=['accuracy'])
