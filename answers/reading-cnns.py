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


# %% shared-limits | right | 2 | element by element
def shared_limits(arrays):
    far = 0
    for array in arrays:
        for value in array.flat:
            far = max(far, abs(value))
    return (-1.0, 1.0) if far == 0 else (-far, far)


# %% shared-limits | right | 2 | the norm without end
def shared_limits(arrays):
    far = np.linalg.norm([np.linalg.norm(a.ravel(), ord=np.inf) for a in arrays], ord=np.inf)
    return np.array([-1, 1]) * (far if far > 0 else 1.0)


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


# %% shared-limits | wrong | 0 | the mean of the arrays' limits
def shared_limits(arrays):
    far = np.mean([np.abs(a).max() for a in arrays])
    return (-far, far) if far else (-1.0, 1.0)


# %% shared-limits | wrong | 0 | rounded up to whole numbers
def shared_limits(arrays):
    far = np.ceil(max(np.abs(a).max() for a in arrays)) or 1.0
    return -far, far


# %% shared-limits | wrong | 1 | an array of zeros makes the limits 1
def shared_limits(arrays):
    far = max(np.abs(a).max() if np.any(a) else 1.0 for a in arrays)
    return -far, far


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


# %% tile-kernels | right | 3 | np.pad and np.block
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = int(np.ceil(n / columns))
    blank = np.full((height + gap, width + gap), np.nan)
    tiles = [np.pad(k.astype(float), ((0, gap), (0, gap)), constant_values=np.nan) for k in kernels]
    tiles += [blank] * (rows * columns - n)
    table = np.block([tiles[r * columns : (r + 1) * columns] for r in range(rows)])
    return table[: table.shape[0] - gap, : table.shape[1] - gap]


# %% tile-kernels | right | 3 | pixel by pixel
def tile_kernels(kernels, columns, gap=1):
    n, h, w = kernels.shape
    rows = (n + columns - 1) // columns
    result = [[float("nan")] * (columns * w + (columns - 1) * gap) for _ in range(rows * h + (rows - 1) * gap)]
    for k in range(n):
        for y in range(h):
            for x in range(w):
                result[k // columns * (h + gap) + y][k % columns * (w + gap) + x] = float(kernels[k, y, x])
    return result


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


# %% tile-kernels | wrong | 2 | a table of the kernels' type, which for whole numbers knows no NaN
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = -(-n // columns)
    tiled = np.empty((rows * (height + gap) - gap, columns * (width + gap) - gap), dtype=kernels.dtype)
    if kernels.dtype.kind == "f":
        tiled[:] = np.nan
    for k in range(n):
        i, j = divmod(k, columns)
        top, left = i * (height + gap), j * (width + gap)
        tiled[top : top + height, left : left + width] = kernels[k]
    return tiled


# %% tile-kernels | wrong | 0 | each tile stretched to 0..1
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = -(-n // columns)
    tiled = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for k in range(n):
        i, j = divmod(k, columns)
        top, left = i * (height + gap), j * (width + gap)
        one = kernels[k]
        tiled[top : top + height, left : left + width] = (one - one.min()) / (one.max() - one.min())
    return tiled


# %% tile-kernels | wrong | 2 | cuts the last gap off with a slice, which fails where gap is 0
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = -(-n // columns)
    tiled = np.full((rows * (height + gap), columns * (width + gap)), np.nan)
    for k in range(n):
        i, j = divmod(k, columns)
        tiled[i * (height + gap) :, j * (width + gap) :][:height, :width] = kernels[k]
    return tiled[:-gap, :-gap]


# %% tile-kernels | wrong | 2 | no wider than there are kernels
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    tiled = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for k in range(n):
        i, j = divmod(k, columns)
        top, left = i * (height + gap), j * (width + gap)
        tiled[top : top + height, left : left + width] = kernels[k]
    return tiled


# %% tile-kernels | wrong | 0 | one row too many where the last one is full
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = n // columns + 1
    tiled = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for k in range(n):
        i, j = divmod(k, columns)
        top, left = i * (height + gap), j * (width + gap)
        tiled[top : top + height, left : left + width] = kernels[k]
    return tiled


# %% tile-kernels | wrong | 2 | zeros where no tile is
def tile_kernels(kernels, columns, gap=1):
    n, height, width = kernels.shape
    rows = -(-n // columns)
    padded = np.concatenate([kernels, np.zeros((rows * columns - n, height, width))])
    tiled = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for k in range(rows * columns):
        i, j = divmod(k, columns)
        top, left = i * (height + gap), j * (width + gap)
        tiled[top : top + height, left : left + width] = padded[k]
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


# %% receptive-field | right | 3 | by trial: which pixels reach the unit
def receptive_field(row, column, layers):
    def span(place):
        places = {place}
        for size, stride in layers[::-1]:
            places = {p * stride + k for p in places for k in range(size)}
        return slice(min(places), max(places) + 1)

    return span(row), span(column)


# %% receptive-field | right | 3 | numpy numbers
def receptive_field(row, column, layers):
    first, last = np.array([row, column]), np.array([row, column]) + 1
    for size, stride in layers[::-1]:
        first, last = first * stride, (last - 1) * stride + size
    return slice(first[0], last[0]), slice(first[1], last[1])


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


# %% receptive-field | wrong | 0 | cut off at 28 rows and columns
def receptive_field(row, column, layers):
    ends = []
    for place in (row, column):
        first = last = place
        for size, stride in reversed(layers):
            first, last = first * stride, last * stride + size - 1
        ends.append(slice(min(first, 28), min(last + 1, 28)))
    return tuple(ends)


# %% receptive-field | wrong | 0 | counts the stride of a layer for its own size
def receptive_field(row, column, layers):
    field, step = 1, 1
    for size, stride in layers:
        step *= stride
        field += (size - 1) * step
    return slice(row * step, row * step + field), slice(column * step, column * step + field)


# %% receptive-field | wrong | 0 | first and last place instead of slices
def receptive_field(row, column, layers):
    ends = []
    for place in (row, column):
        first = last = place
        for size, stride in reversed(layers):
            first, last = first * stride, last * stride + size - 1
        ends.append((first, last))
    return tuple(ends)


# %% receptive-field | wrong | 0 | pooling counts as a whole step only
def receptive_field(row, column, layers):
    first_r, first_c, field = row, column, 1
    for size, stride in reversed(layers):
        first_r, first_c, field = first_r * stride, first_c * stride, field * stride + (size - 1 if stride == 1 else 0)
    return slice(first_r, first_r + field), slice(first_c, first_c + field)


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


# %% top-images | right | 3 | a data frame of all places
def top_images(maps, channel, k):
    n, rows, columns = np.indices(maps.shape[:3])
    table = pd.DataFrame({"n": n.ravel(), "r": rows.ravel(), "c": columns.ravel(), "v": maps[..., channel].ravel()})
    best = table.sort_values("v", ascending=False).drop_duplicates("n").head(k)
    return best[["n", "r", "c"]].to_numpy()


# %% top-images | right | 3 | takes the strongest, then leaves its image out
def top_images(maps, channel, k):
    left, found = maps[..., channel].astype(float), []
    for _ in range(k):
        n, r, c = np.unravel_index(np.argmax(left), left.shape)
        found.append([n, r, c])
        left[n] = -np.inf
    return np.array(found)


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


# %% top-images | wrong | 1 | the largest by size, without the sign
def top_images(maps, channel, k):
    flat = np.abs(maps[..., channel]).reshape(len(maps), -1)
    images = np.argsort(-flat.max(axis=1))[:k]
    places = flat[images].argmax(axis=1)
    return np.stack([images, *np.unravel_index(places, maps.shape[1:3])], axis=1)


# %% top-images | wrong | 1 | starts from 0, which no negative map exceeds
def top_images(maps, channel, k):
    found = []
    for n in range(len(maps)):
        best, place = 0, (0, 0)
        for r in range(maps.shape[1]):
            for c in range(maps.shape[2]):
                if maps[n, r, c, channel] > best:
                    best, place = maps[n, r, c, channel], (r, c)
        found.append((best, n, *place))
    return np.array([entry[1:] for entry in sorted(found, key=lambda e: -e[0])[:k]])


# %% top-images | wrong | 0 | column before row
def top_images(maps, channel, k):
    flat = maps[..., channel].reshape(len(maps), -1)
    images = np.argsort(-flat.max(axis=1))[:k]
    rows, columns = np.unravel_index(flat[images].argmax(axis=1), maps.shape[1:3])
    return np.stack([images, columns, rows], axis=1)


# %% top-images | wrong | 1 | the place of the strongest image for all
def top_images(maps, channel, k):
    flat = maps[..., channel].reshape(len(maps), -1)
    images = np.argsort(-flat.max(axis=1))[:k]
    row, column = np.unravel_index(flat[images[0]].argmax(), maps.shape[1:3])
    return np.stack([images, np.full(k, row), np.full(k, column)], axis=1)


# %% top-images | wrong | 0 | square maps only
def top_images(maps, channel, k):
    side = maps.shape[1]
    flat = maps[..., channel].reshape(len(maps), -1)
    images = np.argsort(-flat.max(axis=1))[:k]
    places = flat[images].argmax(axis=1)
    return np.stack([images, places // side, places % side], axis=1)


# %% top-images | equivalent | 3 | numpy takes any negative length for the one that is left
# - flat = one.reshape(len(one), -1)
# + flat = one.reshape(len(one), -2)


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
            up, down = image.astype(float), image.astype(float)
            up[i, j] = up[i, j] + step
            down[i, j] = down[i, j] - step
            result[i, j] = (score(up) - score(down)) / (2 * step)
    return result


# %% slopes | right | 3 | masks and a flat result
def slopes(score, image, step=1e-3):
    flat = []
    for k in range(image.size):
        bump = step * (np.arange(image.size) == k).reshape(image.shape)
        flat.append((score(image + bump) - score(image - bump)) / step / 2)
    return np.array(flat).reshape(image.shape)


# %% slopes | right | 3 | changes one pixel and puts it back
def slopes(score, image, step=1e-3):
    work, result = np.array(image, dtype=float), np.zeros(np.shape(image))
    for i, j in np.ndindex(work.shape):
        kept = work[i, j]
        work[i, j] = kept + step
        above = score(work.copy())
        work[i, j] = kept - step
        below = score(work.copy())
        work[i, j] = kept
        result[i, j] = (above - below) / (2 * step)
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


# %% slopes | wrong | 2 | a step of its own, which a central difference of squares does not show
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        up, down = image.astype(float), image.astype(float)
        up[place] += 1e-3
        down[place] -= 1e-3
        result[place] = (score(up) - score(down)) / 2e-3
    return result


# %% slopes | wrong | 2 | copies of the image's type: a whole number stays as it is
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            up, down = image.copy(), image.copy()
            up[i, j] = image[i, j] + step
            down[i, j] = image[i, j] - step
            result[i, j] = (score(up) - score(down)) / (2 * step)
    return result


# %% slopes | wrong | 2 | a result of the image's type
def slopes(score, image, step=1e-3):
    result = np.zeros_like(image)
    for place in np.ndindex(image.shape):
        bump = np.zeros(image.shape)
        bump[place] = step
        result[place] = (score(image + bump) - score(image - bump)) / (2 * step)
    return result


# %% slopes | wrong | 2 | leaves the last pixel of the image raised
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        kept = float(image[place])
        image[place] = kept + step
        up = score(image)
        image[place] = kept - step
        result[place] = (up - score(image)) / (2 * step)
        image[place] = kept if place != tuple(np.array(image.shape) - 1) else kept + step
    return result


# %% slopes | wrong | 0 | pixels kept between 0 and 1
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        up, down = image.copy(), image.copy()
        up[place] = min(1, up[place] + step)
        down[place] = max(0, down[place] - step)
        result[place] = (score(up) - score(down)) / (2 * step)
    return result


# %% slopes | wrong | 0 | the differences, not divided
def slopes(score, image, step=1e-3):
    result = np.zeros(image.shape)
    for place in np.ndindex(image.shape):
        bump = np.zeros(image.shape)
        bump[place] = step
        result[place] = score(image + bump) - score(image - bump)
    return result


# %% slopes | wrong | 0 | square images
def slopes(score, image, step=1e-3):
    n = len(image)
    result = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            bump = np.zeros(image.shape)
            bump[i, j] = step
            result[i, j] = (score(image + bump) - score(image - bump)) / (2 * step)
    return result


# %% slopes | equivalent | 3 | every place is filled
# - slope_of_each = np.zeros(image.shape)
# + slope_of_each = np.ones(image.shape)


# %% occlusion-map | right | 3 | np.ndindex and copies
def occlusion_map(score, image, size, fill=0.0):
    whole = score(image)
    result = np.empty((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        copy = np.array(image, dtype=float)
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


# %% occlusion-map | right | 3 | a flat list
def occlusion_map(score, image, size, fill=0.0):
    h, w = image.shape
    falls, before = [], score(image)
    for top in range(h - size + 1):
        for left in range(w - size + 1):
            inside = np.zeros(image.shape, bool)
            inside[top : top + size, left : left + size] = True
            falls.append(before - score(np.where(inside, fill, image)))
    return np.array(falls).reshape(h - size + 1, -1)


# %% occlusion-map | right | 3 | covers a working copy and restores it
def occlusion_map(score, image, size, fill=0.0):
    work = image.astype(float)
    falls = np.empty([n - size + 1 for n in image.shape])
    for at in np.ndindex(*falls.shape):
        square = tuple(slice(a, a + size) for a in at)
        kept = work[square].copy()
        work[square] = fill
        falls[at] = score(image) - score(work)
        work[square] = kept
    return falls


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


# %% occlusion-map | wrong | 2 | copies of the image's type: half a unit becomes 0
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        covered = image.copy()
        covered[i : i + size, j : j + size] = fill
        result[i, j] = score(image) - score(covered)
    return result


# %% occlusion-map | wrong | 0 | whole numbers for the falls
def occlusion_map(score, image, size, fill=0.0):
    falls = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1), dtype=int)
    for i, j in np.ndindex(falls.shape):
        covered = image.astype(float)
        covered[i : i + size, j : j + size] = fill
        falls[i, j] = score(image) - score(covered)
    return falls


# %% occlusion-map | wrong | 2 | covers the image itself, and puts the square back except for the last
def occlusion_map(score, image, size, fill=0.0):
    whole = score(image)
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        kept = image.copy()
        image[i : i + size, j : j + size] = fill
        result[i, j] = whole - score(image)
        if (i, j) != (result.shape[0] - 1, result.shape[1] - 1):
            image[...] = kept
    return result


# %% occlusion-map | wrong | 0 | the square around the pixel
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros(image.shape)
    for i, j in np.ndindex(result.shape):
        covered = image.astype(float)
        covered[max(0, i - size // 2) : i + size // 2 + 1, max(0, j - size // 2) : j + size // 2 + 1] = fill
        result[i, j] = score(image) - score(covered)
    return result


# %% occlusion-map | wrong | 0 | the fall as a share of the score
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        covered = image.astype(float)
        covered[i : i + size, j : j + size] = fill
        result[i, j] = (score(image) - score(covered)) / score(image)
    return result


# %% occlusion-map | wrong | 0 | falls only: a rise counts as 0
def occlusion_map(score, image, size, fill=0.0):
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        covered = image.astype(float)
        covered[i : i + size, j : j + size] = fill
        result[i, j] = max(0, score(image) - score(covered))
    return result


# %% occlusion-map | equivalent | 3 | every place is filled
# - falls = np.zeros((down, across))
# + falls = np.ones((down, across))


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


# %% logit-contributions | right | 3 | triple loop
def logit_contributions(hidden, weights, biases, chosen, rival):
    images, units = hidden.shape
    result = np.zeros((images, units + 1))
    for n in range(images):
        for u in range(units):
            result[n, u] = hidden[n, u] * weights[u, chosen[n]] - hidden[n, u] * weights[u, rival[n]]
        result[n, units] = biases[chosen[n]] - biases[rival[n]]
    return result


# %% logit-contributions | right | 3 | one-hot differences
def logit_contributions(hidden, weights, biases, chosen, rival):
    sign = np.eye(len(biases))[chosen] - np.eye(len(biases))[rival]
    return np.hstack([hidden * (sign @ weights.T), (sign @ biases)[:, np.newaxis]])


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


# %% logit-contributions | wrong | 2 | one image is squeezed away
def logit_contributions(hidden, weights, biases, chosen, rival):
    terms = hidden * (weights[:, chosen] - weights[:, rival]).T
    return np.column_stack([terms, biases[chosen] - biases[rival]]).squeeze()


# %% logit-contributions | wrong | 0 | the class of the first image for all
def logit_contributions(hidden, weights, biases, chosen, rival):
    terms = hidden * (weights[:, chosen[0]] - weights[:, rival[0]])
    return np.column_stack([terms, np.full(len(hidden), biases[chosen[0]] - biases[rival[0]])])


# %% logit-contributions | wrong | 0 | the strongest class in place of the chosen one
def logit_contributions(hidden, weights, biases, chosen, rival):
    chosen = (hidden @ weights + biases).argmax(axis=1)
    terms = hidden * (weights[:, chosen] - weights[:, rival]).T
    return np.column_stack([terms, biases[chosen] - biases[rival]])


# %% logit-contributions | wrong | 0 | sizes without signs
def logit_contributions(hidden, weights, biases, chosen, rival):
    terms = hidden * (weights[:, chosen] - weights[:, rival]).T
    return np.abs(np.column_stack([terms, biases[chosen] - biases[rival]]))


# %% logit-contributions | wrong | 1 | the biases shared among the units
def logit_contributions(hidden, weights, biases, chosen, rival):
    rest = biases[chosen] - biases[rival]
    terms = hidden * (weights[:, chosen] - weights[:, rival]).T + rest[:, None] / hidden.shape[1]
    return np.column_stack([terms, 0 * rest])


# %% logit-contributions | wrong | 1 | a table of the type of `hidden`
def logit_contributions(hidden, weights, biases, chosen, rival):
    result = np.zeros((hidden.shape[0], hidden.shape[1] + 1), dtype=hidden.dtype)
    result[:, :-1] = hidden * (weights[:, chosen] - weights[:, rival]).T
    result[:, -1] = biases[chosen] - biases[rival]
    return result


# %% probabilities-without | right | 2 | corrects the logits by the change of one unit
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    logits = hidden @ weights + biases + (value - hidden[unit]) * weights[unit]
    powers = np.exp(logits - max(logits))
    return powers / sum(powers)


# %% probabilities-without | right | 2 | Keras's softmax
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    new = np.where(np.arange(len(hidden)) == unit, value, hidden)
    return np.asarray(keras.ops.softmax(new @ weights + biases))


# %% probabilities-without | right | 2 | scipy
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    from scipy.special import softmax

    return softmax(np.r_[hidden[:unit], value, hidden[unit + 1 :]] @ weights + biases)


# %% probabilities-without | right | 2 | one over the sum of the others
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    values = [value if k == unit else float(h) for k, h in enumerate(hidden)]
    logits = [sum(v * w for v, w in zip(values, column)) + b for column, b in zip(weights.T, biases)]
    top = max(logits)
    powers = [2.718281828459045 ** (z - top) for z in logits]
    return [p / sum(powers) for p in powers]


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


# %% probabilities-without | wrong | 1 | logits clipped at 500
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    changed = hidden.astype(float)
    changed[unit] = value
    powers = np.exp(np.clip(changed @ weights + biases, -500, 500))
    return powers / powers.sum()


# %% probabilities-without | wrong | 1 | subtracts the mean of the logits
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    changed = hidden.astype(float)
    changed[unit] = value
    logits = changed @ weights + biases
    powers = np.exp(logits - logits.mean())
    return powers / powers.sum()


# %% probabilities-without | wrong | 1 | subtracts 500
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    changed = hidden.astype(float)
    changed[unit] = value
    powers = np.exp(changed @ weights + biases - 500)
    return powers / powers.sum()


# %% probabilities-without | wrong | 1 | a copy of the type of `hidden`
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    changed = hidden.copy()
    changed[unit] = value
    logits = changed @ weights + biases
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


# %% probabilities-without | wrong | 1 | silences the unit in the caller's array
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    if hidden.dtype.kind != "f":
        hidden = hidden.astype(float)
    hidden[unit] = value
    logits = hidden @ weights + biases
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


# %% probabilities-without | wrong | 0 | only the most probable class
def probabilities_without(hidden, weights, biases, unit, value=0.0):
    changed = hidden.astype(float)
    changed[unit] = value
    logits = changed @ weights + biases
    powers = np.exp(logits - logits.max())
    return (powers / powers.sum()).max()
