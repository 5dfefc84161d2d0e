# Answers to the autograded questions of reading-cnns, right and wrong, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% shared-limits | right | 2 | all values in one flat row
def shared_limits(arrays):
    values = np.concatenate([np.ravel(array) for array in arrays])
    far = np.abs(values).max()
    if far == 0:
        far = 1.0
    return -far, far


# %% shared-limits | right | 2 | from the smallest and the largest value
def shared_limits(arrays):
    far = 0.0
    for array in arrays:
        far = max(far, array.max(), -array.min())
    return [-far, far] if far > 0 else [-1.0, 1.0]


# %% shared-limits | wrong | 0 | smallest and largest value, not symmetric
def shared_limits(arrays):
    return min(a.min() for a in arrays), max(a.max() for a in arrays)


# %% shared-limits | wrong | 1 | forgets that all values may be 0
def shared_limits(arrays):
    far = max(np.abs(a).max() for a in arrays)
    return -far, far


# %% shared-limits | wrong | 0 | looks at the first array only
def shared_limits(arrays):
    far = np.abs(arrays[0]).max()
    return (-far, far) if far else (-1.0, 1.0)


# %% shared-limits | wrong | 0 | forgets that the far end may be negative
def shared_limits(arrays):
    far = max(a.max() for a in arrays)
    return (-far, far) if far else (-1.0, 1.0)


# %% shared-limits | wrong | 0 | a pair for each array
def shared_limits(arrays):
    return [(-np.abs(a).max(), np.abs(a).max()) for a in arrays]


# %% shared-limits | wrong | 0 | always at least 1 wide, which hides small weights
def shared_limits(arrays):
    far = max(1.0, max(np.abs(a).max() for a in arrays))
    return (far, -far)


# %% tile-kernels | right | 3 | pads each kernel, then stacks
def tile_kernels(kernels, columns, gap=1):
    rows = int(np.ceil(len(kernels) / columns))
    n, height, width = kernels.shape
    table = np.full((rows * columns, height + gap, width + gap), np.nan)
    table[:n, :height, :width] = kernels
    table = table.reshape(rows, columns, height + gap, width + gap).transpose(0, 2, 1, 3)
    table = table.reshape(rows * (height + gap), columns * (width + gap))
    return table[: rows * (height + gap) - gap, : columns * (width + gap) - gap]


# %% tile-kernels | right | 3 | builds rows by concatenation
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    lines = []
    for start in range(0, n, columns):
        line = []
        for k in range(start, start + columns):
            if line:
                line.append(np.full((height, gap), np.nan))
            line.append(kernels[k] if k < n else np.full((height, width), np.nan))
        if lines:
            lines.append(np.full((gap, sum(part.shape[1] for part in line)), np.nan))
        lines.append(np.hstack(line))
    return np.vstack(lines)


# %% tile-kernels | wrong | 0 | a gap around the tiles as well
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = -(-n // columns)
    tiled = np.full((rows * (height + gap) + gap, columns * (width + gap) + gap), np.nan)
    for k in range(n):
        i, j = divmod(k, columns)
        top, left = gap + i * (height + gap), gap + j * (width + gap)
        tiled[top : top + height, left : left + width] = kernels[k]
    return tiled


# %% tile-kernels | wrong | 0 | column by column instead of row by row
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = -(-n // columns)
    tiled = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for k in range(n):
        j, i = divmod(k, rows)
        top, left = i * (height + gap), j * (width + gap)
        tiled[top : top + height, left : left + width] = kernels[k]
    return tiled


# %% tile-kernels | wrong | 0 | zeros in the gaps, which look like weights
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = -(-n // columns)
    tiled = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap))
    for k in range(n):
        i, j = divmod(k, columns)
        top, left = i * (height + gap), j * (width + gap)
        tiled[top : top + height, left : left + width] = kernels[k]
    return tiled


# %% tile-kernels | wrong | 2 | ignores `gap` and drops an incomplete last row
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = n // columns
    tiled = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1), np.nan)
    for k in range(rows * columns):
        i, j = divmod(k, columns)
        top, left = i * (height + 1), j * (width + 1)
        tiled[top : top + height, left : left + width] = kernels[k]
    return tiled


# %% tile-kernels | wrong | 0 | no gap at all
def tile_kernels(kernels, columns, gap=1):
    rows = len(kernels) // columns
    return np.block([[kernels[i * columns + j] for j in range(columns)] for i in range(rows)])


# %% tile-kernels | wrong | 0 | height and width mixed up
def tile_kernels(kernels, columns, gap=1):
    n, width, height = kernels.shape
    rows = -(-n // columns)
    tiled = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for k in range(n):
        i, j = divmod(k, columns)
        top, left = i * (height + gap), j * (width + gap)
        tiled[top : top + height, left : left + width] = kernels[k].T
    return tiled


# %% receptive-field | right | 3 | forwards: size and step of the field
def receptive_field(row, column, layers):
    field, step = 1, 1
    for size, stride in layers:
        field += (size - 1) * step
        step *= stride
    return np.s_[row * step : row * step + field, column * step : column * step + field]


# %% receptive-field | right | 3 | by recursion
def receptive_field(row, column, layers):
    def back(first, last, below):
        if not below:
            return slice(int(first), int(last) + 1)
        size, stride = below[-1]
        return back(first * stride, last * stride + size - 1, below[:-1])

    return back(row, row, layers), back(column, column, layers)


# %% receptive-field | wrong | 0 | forgets that a slice ends behind its last element
def receptive_field(row, column, layers):
    ends = []
    for place in (row, column):
        first = last = place
        for size, stride in reversed(layers):
            first, last = first * stride, last * stride + size - 1
        ends.append(slice(first, last))
    return tuple(ends)


# %% receptive-field | wrong | 0 | a patch around the position, as if the layers padded
def receptive_field(row, column, layers):
    field, step = 1, 1
    for size, stride in layers:
        field += (size - 1) * step
        step *= stride
    half = field // 2
    rows = slice(max(0, row * step - half), row * step - half + field)
    return rows, slice(max(0, column * step - half), column * step - half + field)


# %% receptive-field | wrong | 1 | adds the sizes up as if every stride were 1
def receptive_field(row, column, layers):
    step, field = 1, 1 + sum(size - 1 for size, _ in layers)
    for _, stride in layers:
        step *= stride
    return slice(row * step, row * step + field), slice(column * step, column * step + field)


# %% receptive-field | wrong | 0 | rows and columns swapped
def receptive_field(row, column, layers):
    field, step = 1, 1
    for size, stride in layers:
        field += (size - 1) * step
        step *= stride
    return slice(column * step, column * step + field), slice(row * step, row * step + field)


# %% receptive-field | wrong | 1 | walks the layers in the wrong order
def receptive_field(row, column, layers):
    ends = []
    for place in (row, column):
        first = last = place
        for size, stride in layers:
            first, last = first * stride, last * stride + size - 1
        ends.append(slice(first, last + 1))
    return tuple(ends)


# %% receptive-field | wrong | 1 | the last layer only
def receptive_field(row, column, layers):
    size, stride = layers[-1]
    return slice(row * stride, row * stride + size), slice(column * stride, column * stride + size)


# %% top-images | right | 3 | a loop and sorted
def top_images(maps, channel, k):
    found = []
    for n in range(len(maps)):
        one = maps[n, :, :, channel]
        row, column = np.unravel_index(np.argmax(one), one.shape)
        found.append((one[row, column], n, row, column))
    found.sort(reverse=True)
    return np.array([entry[1:] for entry in found[:k]])


# %% top-images | right | 3 | rows and columns by division
def top_images(maps, channel, k):
    n, height, width, _ = maps.shape
    flat = maps[:, :, :, channel].reshape(n, height * width)
    best = np.argsort(-flat.max(axis=1))[:k]
    at = flat.argmax(axis=1)[best]
    return np.column_stack((best, at // width, at % width))


# %% top-images | wrong | 2 | the k largest values, so that an image can appear several times
def top_images(maps, channel, k):
    one = maps[..., channel]
    order = one.ravel().argsort()[::-1][:k]
    return np.stack(np.unravel_index(order, one.shape), axis=1)


# %% top-images | wrong | 0 | the weakest first
def top_images(maps, channel, k):
    flat = maps[..., channel].reshape(len(maps), -1)
    images = np.argsort(flat.max(axis=1))[:k]
    places = flat[images].argmax(axis=1)
    return np.stack([images, *np.unravel_index(places, maps.shape[1:3])], axis=1)


# %% top-images | wrong | 0 | the right images, but weakest of them first
def top_images(maps, channel, k):
    flat = maps[..., channel].reshape(len(maps), -1)
    images = np.argsort(flat.max(axis=1))[-k:]
    places = flat[images].argmax(axis=1)
    return np.stack([images, *np.unravel_index(places, maps.shape[1:3])], axis=1)


# %% top-images | wrong | 0 | the largest mean instead of the largest value
def top_images(maps, channel, k):
    flat = maps[..., channel].reshape(len(maps), -1)
    images = np.argsort(-flat.mean(axis=1))[:k]
    places = flat[images].argmax(axis=1)
    return np.stack([images, *np.unravel_index(places, maps.shape[1:3])], axis=1)


# %% top-images | wrong | 1 | all channels at once
def top_images(maps, channel, k):
    one = maps.max(axis=3)
    flat = one.reshape(len(maps), -1)
    images = np.argsort(-flat.max(axis=1))[:k]
    places = flat[images].argmax(axis=1)
    return np.stack([images, *np.unravel_index(places, one.shape[1:])], axis=1)


# %% top-images | wrong | 0 | the images without the places
def top_images(maps, channel, k):
    return np.argsort(-maps[..., channel].max(axis=(1, 2)))[:k]


# %% slopes | right | 3 | all changed images at once
def slopes(score, image, step=1e-3):
    bumps = step * np.eye(image.size).reshape(-1, *image.shape)
    values = [score(image + bump) - score(image - bump) for bump in bumps]
    return np.reshape(values, image.shape) / (2 * step)


# %% slopes | right | 3 | two loops and copies
def slopes(score, image, step=1e-3):
    result = np.empty(image.shape)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            up, down = image.copy(), image.copy()
            up[i, j] = up[i, j] + step
            down[i, j] = down[i, j] - step
            result[i, j] = (score(up) - score(down)) / (2 * step)
    return result


# %% slopes | wrong | 2 | forward differences: up only
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        up = image.copy()
        up[place] += step
        result[place] = (score(up) - score(image)) / step
    return result


# %% slopes | wrong | 0 | forgets the factor 2
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        up, down = image.copy(), image.copy()
        up[place] += step
        down[place] -= step
        result[place] = (score(up) - score(down)) / step
    return result


# %% slopes | wrong | 0 | down minus up
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        up, down = image.copy(), image.copy()
        up[place] += step
        down[place] -= step
        result[place] = (score(down) - score(up)) / (2 * step)
    return result


# %% slopes | wrong | 0 | absolute values
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        up, down = image.copy(), image.copy()
        up[place] += step
        down[place] -= step
        result[place] = abs(score(up) - score(down)) / (2 * step)
    return result


# %% slopes | wrong | 0 | changes the image itself and never changes it back
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    up = image
    for place in np.ndindex(image.shape):
        before = score(up)
        up[place] += 2 * step
        result[place] = score(up) - before
    return result


# %% slopes | wrong | 0 | moves all pixels together
def slopes(score, image, step=1e-3):
    return np.full(image.shape, (score(image + step) - score(image - step)) / (2 * step))


# %% slopes | wrong | 2 | keeps its own small step but divides by the given one's double when it is small
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        up, down = image.copy(), image.copy()
        up[place] += 1e-3
        down[place] -= 1e-3
        result[place] = (score(up) - score(down)) / (2 * step)
    return result


# %% occlusion-map | right | 3 | np.ndindex and copies
def occlusion_map(score, image, size, fill=0.0):
    whole = score(image)
    result = np.empty((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        copy = image.copy()
        copy[i : i + size, j : j + size] = fill
        result[i, j] = whole - score(copy)
    return result


# %% occlusion-map | right | 3 | masks, in a nested list
def occlusion_map(score, image, size, fill=0.0):
    rows, columns = np.indices(image.shape)
    return [
        [
            score(image)
            - score(np.where((rows >= i) & (rows < i + size) & (columns >= j) & (columns < j + size), fill, image))
            for j in range(image.shape[1] - size + 1)
        ]
        for i in range(image.shape[0] - size + 1)
    ]


# %% occlusion-map | wrong | 0 | the score of the covered image instead of the fall
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        copy = image.copy()
        copy[i : i + size, j : j + size] = fill
        result[i, j] = score(copy)
    return result


# %% occlusion-map | wrong | 0 | the wrong sign
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        copy = image.copy()
        copy[i : i + size, j : j + size] = fill
        result[i, j] = score(copy) - score(image)
    return result


# %% occlusion-map | wrong | 0 | one position too few in each direction
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros((image.shape[0] - size, image.shape[1] - size))
    for i, j in np.ndindex(result.shape):
        copy = image.copy()
        copy[i : i + size, j : j + size] = fill
        result[i, j] = score(image) - score(copy)
    return result


# %% occlusion-map | wrong | 2 | always black, whatever `fill` says
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        copy = image.copy()
        copy[i : i + size, j : j + size] = 0
        result[i, j] = score(image) - score(copy)
    return result


# %% occlusion-map | wrong | 0 | squares that do not overlap
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros((image.shape[0] // size, image.shape[1] // size))
    for i, j in np.ndindex(result.shape):
        copy = image.copy()
        copy[i * size : (i + 1) * size, j * size : (j + 1) * size] = fill
        result[i, j] = score(image) - score(copy)
    return result


# %% occlusion-map | wrong | 0 | covers one copy more and more
def occlusion_map(score, image, size, fill=0.0):
    copy = image.copy()
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        copy[i : i + size, j : j + size] = fill
        result[i, j] = score(image) - score(copy)
    return result


# %% logit-contributions | right | 3 | a loop over the images
def logit_contributions(hidden, weights, biases, chosen, rival):
    rows = []
    for h, a, b in zip(hidden, chosen, rival):
        rows.append(np.append(h * (weights[:, a] - weights[:, b]), biases[a] - biases[b]))
    return np.array(rows)


# %% logit-contributions | right | 3 | the biases as weights of a unit that is always 1
def logit_contributions(hidden, weights, biases, chosen, rival):
    more = np.hstack([hidden, np.ones((len(hidden), 1))])
    table = np.vstack([weights, biases])
    return np.einsum("nu,un->nu", more, table[:, chosen] - table[:, rival])


# %% logit-contributions | wrong | 0 | forgets the biases
def logit_contributions(hidden, weights, biases, chosen, rival):
    return hidden * (weights[:, chosen] - weights[:, rival]).T


# %% logit-contributions | wrong | 0 | rival minus chosen
def logit_contributions(hidden, weights, biases, chosen, rival):
    terms = hidden * (weights[:, rival] - weights[:, chosen]).T
    return np.column_stack([terms, biases[rival] - biases[chosen]])


# %% logit-contributions | wrong | 0 | the contributions to the chosen logit alone
def logit_contributions(hidden, weights, biases, chosen, rival):
    return np.column_stack([hidden * weights[:, chosen].T, biases[chosen]])


# %% logit-contributions | wrong | 0 | the differences themselves, already summed
def logit_contributions(hidden, weights, biases, chosen, rival):
    logits = hidden @ weights + biases
    n = np.arange(len(hidden))
    return logits[n, chosen] - logits[n, rival]


# %% logit-contributions | wrong | 0 | forgets to transpose, which shows only where images and units differ in number
def logit_contributions(hidden, weights, biases, chosen, rival):
    terms = hidden * (weights[:, chosen] - weights[:, rival])
    return np.column_stack([terms, biases[chosen] - biases[rival]])


# %% logit-contributions | wrong | 1 | the biases in the first column: the sum is right, the order is not
def logit_contributions(hidden, weights, biases, chosen, rival):
    terms = hidden * (weights[:, chosen] - weights[:, rival]).T
    return np.column_stack([biases[chosen] - biases[rival], terms])


# %% probabilities-without | right | 2 | corrects the logits by the change of one unit
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    logits = hidden @ weights + biases + (value - hidden[unit]) * weights[unit]
    powers = np.exp(logits - max(logits))
    return powers / sum(powers)


# %% probabilities-without | right | 2 | Keras's softmax
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    new = np.where(np.arange(len(hidden)) == unit, value, hidden)
    return np.asarray(keras.ops.softmax(new @ weights + biases))


# %% probabilities-without | wrong | 1 | overflows, and ignores `value`
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    new = hidden.copy()
    new[unit] = 0
    powers = np.exp(new @ weights + biases)
    return powers / powers.sum()


# %% probabilities-without | wrong | 0 | returns logits
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    new = hidden.copy()
    new[unit] = value
    return new @ weights + biases


# %% probabilities-without | wrong | 1 | overflows on large logits
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    new = hidden.copy()
    new[unit] = value
    powers = np.exp(new @ weights + biases)
    return powers / powers.sum()


# %% probabilities-without | wrong | 0 | forgets the biases
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    new = hidden.copy()
    new[unit] = value
    powers = np.exp(new @ weights - (new @ weights).max())
    return powers / powers.sum()


# %% probabilities-without | wrong | 0 | silences a class instead of a unit
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    logits = hidden @ weights + biases
    logits[min(unit, len(logits) - 1)] = value
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


# %% probabilities-without | wrong | 0 | keeps only this unit
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    new = np.full(hidden.shape, value)
    new[unit] = hidden[unit]
    logits = new @ weights + biases
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()
