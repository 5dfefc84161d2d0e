# Answers to the autograded questions of mnist-cnn, right and wrong, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% convolve | right | 3 | four plain loops
def convolve(image, kernel, stride=1):
    height, width = kernel.shape
    rows = (image.shape[0] - height) // stride + 1
    columns = (image.shape[1] - width) // stride + 1
    result = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            for a in range(height):
                for b in range(width):
                    result[i, j] += image[i * stride + a, j * stride + b] * kernel[a, b]
    return result


# %% convolve | right | 3 | shifted copies of the image, then every second place
def convolve(image, kernel, stride=1):
    height, width = kernel.shape
    down, across = image.shape[0] - height + 1, image.shape[1] - width + 1
    result = 0
    for a in range(height):
        for b in range(width):
            result = result + kernel[a, b] * image[a : a + down, b : b + across]
    return result[::stride, ::stride]


# %% convolve | right | 3 | SciPy
def convolve(image, kernel, stride=1):
    from scipy import signal

    return signal.correlate2d(image, kernel, mode="valid")[::stride, ::stride]


# %% convolve | right | 3 | Keras, in float32
def convolve(image, kernel, stride=1):
    x = np.asarray(image, "float32")[None, :, :, None]
    k = np.asarray(kernel, "float32")[:, :, None, None]
    return np.asarray(keras.ops.conv(x, k, strides=stride, padding="valid"))[0, :, :, 0]


# %% convolve | wrong | 0 | flips the kernel
def convolve(image, kernel, stride=1):
    from scipy import signal

    return signal.convolve2d(image, kernel, mode="valid")[::stride, ::stride]


# %% convolve | wrong | 0 | pads with zeros, so that the size stays
def convolve(image, kernel, stride=1):
    from scipy import signal

    return signal.correlate2d(image, kernel, mode="same")[::stride, ::stride]


# %% convolve | wrong | 2 | ignores the stride
def convolve(image, kernel, stride=1):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum(axis=(2, 3))


# %% convolve | wrong | 0 | one place too few in each direction
def convolve(image, kernel, stride=1):
    result = []
    for i in range(0, image.shape[0] - kernel.shape[0], stride):
        row = []
        for j in range(0, image.shape[1] - kernel.shape[1], stride):
            row.append(np.sum(image[i : i + kernel.shape[0], j : j + kernel.shape[1]] * kernel))
        result.append(row)
    return np.array(result)


# %% convolve | wrong | 0 | only 3 x 3 kernels and 28 x 28 images, as in the study
def convolve(image, kernel, stride=1):
    edges = np.zeros((26, 26))
    for row in range(26):
        for column in range(26):
            edges[row, column] = np.sum(image[row : row + 3, column : column + 3] * kernel)
    return edges


# %% convolve | wrong | 2 | the stride downwards only
def convolve(image, kernel, stride=1):
    w = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (w[::stride] * kernel).sum(axis=(2, 3))


# %% convolve | wrong | 2 | fills an array of the image's type
def convolve(image, kernel, stride=1):
    h, w = kernel.shape
    rows, columns = (image.shape[0] - h) // stride + 1, (image.shape[1] - w) // stride + 1
    result = np.zeros((rows, columns), dtype=image.dtype)
    for i in range(rows):
        for j in range(columns):
            result[i, j] = np.sum(image[i * stride : i * stride + h, j * stride : j * stride + w] * kernel)
    return result


# %% convolve | equivalent | 3 | tensordot sums over two axes unless it is told otherwise
# - return np.tensordot(windows[::stride, ::stride], kernel, axes=2).astype(float)
# + return np.tensordot(windows[::stride, ::stride], kernel).astype(float)


# %% output-size | right | 2 | counts the places
def output_size(size, kernel, stride=1, padding="valid"):
    last = size if padding == "same" else size - kernel + 1
    return len(range(0, last, stride))


# %% output-size | right | 2 | rounds up and down in floats, as in Keras's documentation
def output_size(size, kernel, stride=1, padding="valid"):
    if padding == "valid":
        return int(np.ceil((size - kernel + 1) / stride))
    return int(np.ceil(size / stride))


# %% output-size | right | 2 | asks Keras
def output_size(size, kernel, stride=1, padding="valid"):
    layer = keras.layers.Conv2D(1, (kernel, 1), strides=stride, padding=padding)
    return layer.compute_output_shape((None, size, 50, 1))[1]


# %% output-size | wrong | 0 | forgets the place where the kernel starts
def output_size(size, kernel, stride=1, padding="valid"):
    return -(-size // stride) if padding == "same" else (size - kernel) // stride


# %% output-size | wrong | 0 | divides the size for stride 1, which rounds down wrongly
def output_size(size, kernel, stride=1, padding="valid"):
    return size // stride if padding == "same" else (size - kernel + 1) // stride


# %% output-size | wrong | 0 | ignores the padding
def output_size(size, kernel, stride=1, padding="valid"):
    return (size - kernel) // stride + 1


# %% output-size | wrong | 0 | a float
def output_size(size, kernel, stride=1, padding="valid"):
    return np.ceil(size / stride) if padding == "same" else (size - kernel) / stride + 1


# %% output-size | wrong | 0 | pads half a kernel on both sides, one too few for an even one
def output_size(size, kernel, stride=1, padding="valid"):
    pad = (kernel - 1) // 2 if padding == "same" else 0
    return (size + 2 * pad - kernel) // stride + 1


# %% output-size | wrong | 0 | pads half a kernel on both sides, one too many for an even one
def output_size(size, kernel, stride=1, padding="valid"):
    pad = kernel // 2 if padding == "same" else 0
    return (size + 2 * pad - kernel) // stride + 1


# %% output-size | wrong | 0 | "same" keeps the size whatever the stride
def output_size(size, kernel, stride=1, padding="valid"):
    return size if padding == "same" else (size - kernel) // stride + 1


# %% conv-parameters | right | 2 | weights and biases apart
def conv_parameters(channels, filters, kernel):
    weights = np.prod((kernel, kernel, channels, filters))
    return weights + filters


# %% conv-parameters | right | 2 | asks Keras
def conv_parameters(channels, filters, kernel):
    layer = keras.layers.Conv2D(filters, kernel)
    layer.build((None, kernel, kernel, channels))
    return layer.count_params()


# %% conv-parameters | wrong | 0 | forgets the biases
def conv_parameters(channels, filters, kernel):
    return kernel * kernel * channels * filters


# %% conv-parameters | wrong | 0 | forgets that a filter looks at all channels
def conv_parameters(channels, filters, kernel):
    return (kernel * kernel + 1) * filters


# %% conv-parameters | wrong | 0 | a bias for each channel and filter
def conv_parameters(channels, filters, kernel):
    return (kernel * kernel + 1) * channels * filters


# %% conv-parameters | wrong | 0 | one row of the kernel only
def conv_parameters(channels, filters, kernel):
    return (kernel * channels + 1) * filters


# %% conv-parameters | wrong | 0 | one bias for the whole layer
def conv_parameters(channels, filters, kernel):
    return kernel * kernel * channels * filters + 1


# %% conv-parameters | wrong | 0 | kernels of 3 only
def conv_parameters(channels, filters, kernel):
    return (9 * channels + 1) * filters


# %% max-pool | right | 3 | a loop over the squares
def max_pool(image, size=2):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    pooled = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            pooled[i, j] = image[i * size : (i + 1) * size, j * size : (j + 1) * size].max()
    return pooled


# %% max-pool | right | 3 | windows, every size-th of them
def max_pool(image, size=2):
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size))
    return windows[::size, ::size].max(axis=(2, 3))


# %% max-pool | right | 3 | Keras
def max_pool(image, size=2):
    return keras.layers.MaxPooling2D(size, dtype="float64")(np.asarray(image, float)[None, ..., None])[
        0, ..., 0
    ]


# %% max-pool | right | 3 | nested lists
def max_pool(image, size=2):
    h, w = image.shape
    return [
        [
            max(image[i + a][j + b] for a in range(size) for b in range(size))
            for j in range(0, w - size + 1, size)
        ]
        for i in range(0, h - size + 1, size)
    ]


# %% max-pool | wrong | 2 | fails where the size does not divide the image
def max_pool(image, size=2):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    return image.reshape(rows, size, columns, size).max(axis=(1, 3))


# %% max-pool | wrong | 2 | keeps the incomplete squares at the end
def max_pool(image, size=2):
    rows, columns = range(0, image.shape[0], size), range(0, image.shape[1], size)
    return np.array([[image[i : i + size, j : j + size].max() for j in columns] for i in rows])


# %% max-pool | wrong | 0 | the mean instead of the largest value
def max_pool(image, size=2):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    return image[: rows * size, : columns * size].reshape(rows, size, columns, size).mean(axis=(1, 3))


# %% max-pool | wrong | 0 | squares that overlap
def max_pool(image, size=2):
    return np.lib.stride_tricks.sliding_window_view(image, (size, size)).max(axis=(2, 3))


# %% max-pool | wrong | 0 | starts its search at 0, which is too large for negative numbers
def max_pool(image, size=2):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    pooled = np.zeros((rows, columns))
    for i in range(rows * size):
        for j in range(columns * size):
            pooled[i // size, j // size] = max(pooled[i // size, j // size], image[i, j])
    return pooled


# %% max-pool | wrong | 0 | the axes of a square mixed up
def max_pool(image, size=2):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    return image[: rows * size, : columns * size].reshape(rows, size, columns, size).max(axis=(0, 2))


# %% max-pool | wrong | 1 | starts its search at -100
def max_pool(image, size=2):
    rows, columns = image.shape[0] // size, image.shape[1] // size
    out = np.full((rows, columns), -100.0)
    for i in range(rows):
        for j in range(columns):
            out[i, j] = max(out[i, j], image[i * size : (i + 1) * size, j * size : (j + 1) * size].max())
    return out


# %% count-updates | right | 2 | counts the batches
def count_updates(images, batch_size, epochs):
    updates = 0
    for _ in range(epochs):
        for _ in range(0, images, batch_size):
            updates += 1
    return updates


# %% count-updates | right | 2 | rounds up in floats
def count_updates(images, batch_size, epochs):
    return int(np.ceil(images / batch_size)) * epochs


# %% count-updates | wrong | 0 | drops the last, smaller batch
def count_updates(images, batch_size, epochs):
    return images // batch_size * epochs


# %% count-updates | wrong | 0 | rounds up once, at the end
def count_updates(images, batch_size, epochs):
    return -(-images * epochs // batch_size)


# %% count-updates | wrong | 0 | forgets the epochs
def count_updates(images, batch_size, epochs):
    return -(-images // batch_size)


# %% count-updates | wrong | 0 | one batch more, whether or not anything is left
def count_updates(images, batch_size, epochs):
    return (images // batch_size + 1) * epochs


# %% count-updates | wrong | 0 | rounds to the nearest
def count_updates(images, batch_size, epochs):
    return round(images / batch_size) * epochs


# %% count-updates | wrong | 0 | a float
def count_updates(images, batch_size, epochs):
    return np.ceil(images / batch_size) * epochs


# 20 seeds: reference 0.45 to 0.68, right answers from 0.39, closest wrong answer (a tiny rate) 0.04 to 0.13, threshold 0.3
# %% build-small-cnn | right | 3 | one convolution, a coarse pooling and dropout
def build_small_cnn():
    model = keras.Sequential()
    model.add(keras.Input((28, 28)))
    model.add(keras.layers.Reshape((28, 28, 1)))
    model.add(keras.layers.Conv2D(20, 5, activation="relu"))
    model.add(keras.layers.MaxPooling2D(4))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dropout(0.25))
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(keras.optimizers.Adam(), keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])
    return model


# %% build-small-cnn | right | 3 | the functional interface, strides instead of pooling, a hidden dense layer
def build_small_cnn():
    image = keras.Input(shape=(28, 28))
    x = keras.layers.Reshape((28, 28, 1))(image)
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu")(x)
    x = keras.layers.Conv2D(12, 3, strides=2, padding="same", activation="relu")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(16, activation="relu")(x)
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(x))
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.003),
        loss="categorical_crossentropy",
        metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    return model


# %% build-small-cnn | right | 3 | metric and loss as objects
def build_small_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(3),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.RMSprop(0.003),
        keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy()],
    )
    return model


# %% build-small-cnn | right | 3 | nested models with a penalty that is in the loss, too
def build_small_cnn():
    features = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(12, 3, activation="relu", kernel_regularizer=keras.regularizers.L2(0.02)),
            keras.layers.MaxPooling2D(2),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
        ]
    )
    model = keras.Sequential(
        [features, keras.layers.Dense(10, activation="softmax", kernel_regularizer="l2")]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.003), loss="categorical_crossentropy", metrics=["acc"])
    return model


# %% build-small-cnn | wrong | 0 | B2, which is over the budget
def build_small_cnn():
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Reshape((28, 28, 1))])
    for filters in (32, 64):
        model.add(keras.layers.Conv2D(filters, 3, activation="relu"))
        model.add(keras.layers.MaxPooling2D(2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-small-cnn | wrong | 2 | an MLP: it learns, but has no convolution
def build_small_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(14, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.005), loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# %% build-small-cnn | wrong | 1 | a learning rate so small that nothing is learnt
def build_small_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(12, 3, activation="relu"),
            keras.layers.MaxPooling2D(4),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.SGD(1e-6), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-small-cnn | wrong | 1 | the loss for whole-number labels
def build_small_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(12, 3, activation="relu"),
            keras.layers.MaxPooling2D(4),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-small-cnn | wrong | 0 | no channel axis, so that the model takes another input
def build_small_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(12, 3, activation="relu"),
            keras.layers.MaxPooling2D(4),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])


# %% build-small-cnn | wrong | 1 | the squared error as loss
def build_small_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(12, 3, activation="relu"),
            keras.layers.MaxPooling2D(4),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse", metrics=["accuracy"])
    return model


# %% build-small-cnn | wrong | 1 | no accuracy among the metrics
def build_small_cnn():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(12, 3, activation="relu"),
            keras.layers.MaxPooling2D(4),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="categorical_crossentropy")
    return model


# %% build-small-cnn | equivalent | 3 | filters, kernels and activations are free within the budget
# - keras.layers.Conv2D(filters=12, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(filters=<...>, kernel_size=<...>, activation=<...>),


# %% build-small-cnn | equivalent | 3 | no activation is asked for
# - keras.layers.Conv2D(filters=12, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(filters=12, kernel_size=3),


# %% build-small-cnn | equivalent | 3 | one convolution is enough
# - keras.layers.Conv2D(filters=12, kernel_size=3, activation="relu"),
# + *[],


# %% build-small-cnn | equivalent | 3 | filters, kernels and activations are free within the budget
# - keras.layers.Conv2D(filters=24, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(filters=<...>, kernel_size=<...>, activation=<...>),


# %% build-small-cnn | equivalent | 3 | no activation is asked for
# - keras.layers.Conv2D(filters=24, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(filters=24, kernel_size=3),


# %% build-small-cnn | equivalent | 3 | one convolution is enough
# - keras.layers.Conv2D(filters=24, kernel_size=3, activation="relu"),
# + *[],


# %% build-small-cnn | equivalent | 3 | 2 is what Keras takes unless it is told otherwise
# - keras.layers.MaxPooling2D(pool_size=2),
# + keras.layers.MaxPooling2D(),


# %% build-small-cnn | equivalent | 3 | a coarser pooling stays in the budget
# - keras.layers.MaxPooling2D(pool_size=2),
# + keras.layers.MaxPooling2D(pool_size=3),


# %% build-small-cnn | equivalent | 3 | the optimizer is free, and RMSprop learns fast enough
# - model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
# + model.compile(optimizer='rmsprop', loss="categorical_crossentropy", metrics=["accuracy"])


# %% build-small-cnn | equivalent | 3 | Keras takes RMSprop then, which learns fast enough
# - model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
# + model.compile(loss='categorical_crossentropy', metrics=['accuracy'])


# %% shift-images | right | 2 | slices into zeros
def shift_images(images, dy, dx):
    n, height, width = images.shape
    moved = np.zeros_like(images)
    if abs(dy) >= height or abs(dx) >= width:
        return moved
    to_rows, from_rows = slice(max(0, dy), height + min(0, dy)), slice(max(0, -dy), height + min(0, -dy))
    to_columns, from_columns = slice(max(0, dx), width + min(0, dx)), slice(max(0, -dx), width + min(0, -dx))
    moved[:, to_rows, to_columns] = images[:, from_rows, from_columns]
    return moved


# %% shift-images | right | 2 | SciPy
def shift_images(images, dy, dx):
    from scipy import ndimage

    return ndimage.shift(images, (0, dy, dx), order=0)


# %% shift-images | right | 2 | rolls, then blanks what came in on the other side
def shift_images(images, dy, dx):
    height, width = images.shape[1:]
    rows, columns = np.arange(height) - dy, np.arange(width) - dx
    seen = ((rows >= 0) & (rows < height))[:, None] & ((columns >= 0) & (columns < width))
    return np.roll(images, (dy, dx), axis=(1, 2)) * seen


# %% shift-images | right | 2 | pixel by pixel
def shift_images(images, dy, dx):
    n, h, w = images.shape
    out = np.zeros((n, h, w))
    for y in range(h):
        for x in range(w):
            if 0 <= y + dy < h and 0 <= x + dx < w:
                out[:, y + dy, x + dx] = images[:, y, x]
    return out


# %% shift-images | wrong | 0 | np.roll, which wraps around
def shift_images(images, dy, dx):
    return np.roll(images, (dy, dx), axis=(1, 2))


# %% shift-images | wrong | 0 | up and left instead of down and right
def shift_images(images, dy, dx):
    padded = np.pad(images, ((0, 0), (abs(dy), abs(dy)), (abs(dx), abs(dx))))
    top, left = abs(dy) + dy, abs(dx) + dx
    return padded[:, top : top + images.shape[1], left : left + images.shape[2]]


# %% shift-images | wrong | 0 | rows and columns swapped
def shift_images(images, dy, dx):
    from scipy import ndimage

    return ndimage.shift(images, (0, dx, dy), order=0)


# %% shift-images | wrong | 0 | only for positive shifts
def shift_images(images, dy, dx):
    moved = np.zeros_like(images)
    moved[:, dy:, dx:] = images[:, : images.shape[1] - dy, : images.shape[2] - dx]
    return moved


# %% shift-images | wrong | 0 | repeats the border instead of filling with zeros
def shift_images(images, dy, dx):
    from scipy import ndimage

    return ndimage.shift(images, (0, dy, dx), order=0, mode="nearest")


# %% shift-images | wrong | 0 | rolls, and blanks for positive shifts only
def shift_images(images, dy, dx):
    out = np.roll(images, (dy, dx), axis=(1, 2))
    out[:, : max(0, dy)] = 0
    out[:, :, : max(0, dx)] = 0
    return out


# %% compare-scores | right | 3 | step by step, a numpy truth value
def compare_scores(first, second, images):
    one = first * (1 - first) / images
    two = second * (1 - second) / images
    error = (one + two) ** 0.5
    low = (first - second) - 1.96 * error
    high = (first - second) + 1.96 * error
    return low, high, np.logical_or(low > 0, high < 0)


# %% compare-scores | right | 3 | a list, from the two single intervals
def compare_scores(first, second, images):
    half = [1.96 * np.sqrt(p * (1 - p) / images) for p in (first, second)]
    width = np.linalg.norm(half)
    ends = [first - second - width, first - second + width]
    return [*ends, not ends[0] <= 0 <= ends[1]]


# %% compare-scores | right | 3 | SciPy's interval, with its exact factor
def compare_scores(first, second, images):
    from scipy import stats

    se = np.sqrt(first * (1 - first) / images + second * (1 - second) / images)
    low, high = stats.norm.interval(0.95, loc=first - second, scale=se) if se else (first - second,) * 2
    return low, high, bool(low > 0) or bool(high < 0)


# %% compare-scores | wrong | 0 | asks whether the two intervals overlap, and adds their widths
def compare_scores(first, second, images):
    a = 1.96 * np.sqrt(first * (1 - first) / images)
    b = 1.96 * np.sqrt(second * (1 - second) / images)
    return first - second - a - b, first - second + a + b, abs(first - second) > a + b


# %% compare-scores | wrong | 2 | the interval is right, the verdict asks whether the two intervals overlap
def compare_scores(first, second, images):
    a = 1.96 * np.sqrt(first * (1 - first) / images)
    b = 1.96 * np.sqrt(second * (1 - second) / images)
    middle, half = first - second, np.hypot(a, b)
    return middle - half, middle + half, abs(middle) > a + b


# %% compare-scores | wrong | 2 | the verdict only when the first is better
def compare_scores(first, second, images):
    half = 1.96 * np.sqrt((first * (1 - first) + second * (1 - second)) / images)
    return first - second - half, first - second + half, first - second > half


# %% compare-scores | wrong | 1 | one standard error instead of 1.96, whatever the verdict
def compare_scores(first, second, images):
    error = np.sqrt((first * (1 - first) + second * (1 - second)) / images)
    return first - second - error, first - second + error, abs(first - second) > 1.96 * error


# %% compare-scores | wrong | 0 | the verdict the wrong way round, and the interval of the first score
def compare_scores(first, second, images):
    half = 1.96 * np.sqrt(first * (1 - first) / images)
    return first - half, first + half, first - half <= second <= first + half


# %% compare-scores | wrong | 0 | one score for both, and half the variance
def compare_scores(first, second, images):
    p = (first + second) / 2
    m = 1.96 * np.sqrt(2 * p * (1 - p) / (2 * images))
    return first - second - m, first - second + m, bool(abs(first - second) > m)


# %% compare-scores | wrong | 2 | at an end of the interval counts as outside
def compare_scores(first, second, images):
    m = 1.96 * np.sqrt((first * (1 - first) + second * (1 - second)) / images)
    low, high = first - second - m, first - second + m
    return low, high, low >= 0 or high <= 0
