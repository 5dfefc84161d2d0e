# Answers to the autograded questions of cifar10-first-steps, right and wrong, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% unit-states | right | 4 | a loop over the units
def unit_states(layers, images):
    x = np.array([image.ravel() for image in images])
    result = []
    for kernel, bias in layers:
        outputs = np.maximum(0, np.dot(x, kernel) + bias)
        dead = sum(1 for unit in outputs.T if not unit.any())
        always = sum(1 for unit in outputs.T if unit.all())
        result.append((dead, always))
        x = outputs
    return result


# %% unit-states | right | 4 | lists, and counts of positive images
def unit_states(layers, images):
    values = images.reshape(images.shape[0], -1)
    states = []
    for kernel, bias in layers:
        values = values @ kernel + bias
        above = np.count_nonzero(values > 0, axis=0)
        states.append([np.sum(above == 0), np.sum(above == len(images))])
        values = np.where(values > 0, values, 0)
    return states


# %% unit-states | wrong | 2 | the second layer gets the sums before ReLU
def unit_states(layers, images):
    values, states = images.reshape(len(images), -1), []
    for kernel, bias in layers:
        values = values @ kernel + bias
        states.append(((values <= 0).all(axis=0).sum(), (values > 0).all(axis=0).sum()))
    return states


# %% unit-states | wrong | 0 | forgets the bias
def unit_states(layers, images):
    values, states = images.reshape(len(images), -1), []
    for kernel, _ in layers:
        sums = values @ kernel
        states.append(((sums <= 0).all(axis=0).sum(), (sums > 0).all(axis=0).sum()))
        values = np.maximum(0, sums)
    return states


# %% unit-states | wrong | 0 | counts images instead of units
def unit_states(layers, images):
    values, states = images.reshape(len(images), -1), []
    for kernel, bias in layers:
        sums = values @ kernel + bias
        states.append(((sums <= 0).all(axis=1).sum(), (sums > 0).all(axis=1).sum()))
        values = np.maximum(0, sums)
    return states


# %% unit-states | wrong | 0 | the mean over the images instead of every image
def unit_states(layers, images):
    values, states = images.reshape(len(images), -1), []
    for kernel, bias in layers:
        sums = values @ kernel + bias
        dead = sums.mean(axis=0) <= 0
        states.append((dead.sum(), (~dead).sum()))
        values = np.maximum(0, sums)
    return states


# %% unit-states | wrong | 2 | every layer gets the images
def unit_states(layers, images):
    values, states = images.reshape(len(images), -1), []
    for kernel, bias in layers[:1]:
        sums = values @ kernel + bias
        states.append(((sums <= 0).all(axis=0).sum(), (sums > 0).all(axis=0).sum()))
    return states


# %% sum-changes | right | 2 | one image after the other
def sum_changes(gradient, images, rate):
    step = np.where(gradient > 0, -rate, np.where(gradient < 0, rate, 0))
    return np.array([np.sum(step * image) for image in images])


# %% sum-changes | right | 2 | all axes of an image at once
def sum_changes(gradient, images, rate):
    return np.tensordot(images, -rate * np.sign(gradient), axes=gradient.ndim)


# %% sum-changes | wrong | 0 | plain gradient descent instead of Adam's first step
def sum_changes(gradient, images, rate):
    return -rate * (images * gradient).reshape(len(images), -1).sum(axis=1)


# %% sum-changes | wrong | 0 | up the gradient instead of down
def sum_changes(gradient, images, rate):
    return rate * (images * np.sign(gradient)).reshape(len(images), -1).sum(axis=1)


# %% sum-changes | wrong | 0 | the mean over the pixels
def sum_changes(gradient, images, rate):
    return -rate * (images * np.sign(gradient)).reshape(len(images), -1).mean(axis=1)


# %% sum-changes | wrong | 0 | one number for all images
def sum_changes(gradient, images, rate):
    return -rate * (images * np.sign(gradient)).sum()


# %% sum-changes | wrong | 0 | a gradient of 0 moves its weight as well
def sum_changes(gradient, images, rate):
    step = np.where(gradient >= 0, -rate, rate)
    return (images * step).reshape(len(images), -1).sum(axis=1)


# %% standardise | right | 3 | one channel after the other
def standardise(x_train, x_new):
    result = np.empty(x_new.shape)
    for channel in range(3):
        values = x_train[..., channel].astype(float)
        result[..., channel] = (x_new[..., channel] - values.mean()) / values.std()
    return result


# %% standardise | right | 3 | a flat list of pixels
def standardise(x_train, x_new):
    pixels = x_train.reshape(-1, 3).astype("float64")
    return (x_new - np.average(pixels, axis=0)) / np.sqrt(np.var(pixels, axis=0))


# %% standardise | right | 3 | in float32
def standardise(x_train, x_new):
    known = np.asarray(x_train, "float32")
    mean, deviation = known.mean(axis=(0, 1, 2)), known.std(axis=(0, 1, 2))
    return (np.asarray(x_new, "float32") - mean) / deviation


# %% standardise | wrong | 2 | by the statistics of the new images
def standardise(x_train, x_new):
    return (x_new - x_new.mean(axis=(0, 1, 2))) / (x_new.std(axis=(0, 1, 2)) + 1e-9)


# %% standardise | wrong | 0 | one mean and deviation for all three channels
def standardise(x_train, x_new):
    return (x_new - x_train.mean()) / x_train.std()


# %% standardise | wrong | 0 | a mean for each pixel
def standardise(x_train, x_new):
    return (x_new - x_train.mean(axis=0)) / (x_train.std(axis=0) + 1e-9)


# %% standardise | wrong | 0 | divides by the variance
def standardise(x_train, x_new):
    return (x_new - x_train.mean(axis=(0, 1, 2))) / x_train.var(axis=(0, 1, 2))


# %% standardise | wrong | 0 | every image by its own statistics
def standardise(x_train, x_new):
    return (x_new - x_new.mean(axis=(1, 2), keepdims=True)) / (x_new.std(axis=(1, 2), keepdims=True) + 1e-9)


# %% standardise | wrong | 0 | returns the training images
def standardise(x_train, x_new):
    return x_train - x_train.mean(axis=(0, 1, 2))


# %% weight-images | right | 3 | unit by unit
def weight_images(kernel, shape=(32, 32, 3)):
    far = max(kernel.max(), -kernel.min())
    if far == 0:
        far = 1
    return np.stack([(kernel[:, unit].reshape(shape) / far + 1) / 2 for unit in range(kernel.shape[1])])


# %% weight-images | right | 3 | interpolates between the two ends
def weight_images(kernel, shape=(32, 32, 3)):
    far = np.max(np.abs(kernel))
    images = np.moveaxis(kernel.reshape(*shape, -1), -1, 0)
    return np.interp(images, [-far, far], [0, 1]) if far else np.full_like(images, 0.5)


# %% weight-images | wrong | 0 | mixes the weights of several units
def weight_images(kernel, shape=(32, 32, 3)):
    far = np.abs(kernel).max() or 1
    return 0.5 + kernel.reshape(-1, *shape) / (2 * far)


# %% weight-images | wrong | 0 | a scale for each unit
def weight_images(kernel, shape=(32, 32, 3)):
    far = np.abs(kernel).max(axis=0)
    return 0.5 + (kernel / (2 * far + 1e-12)).T.reshape(-1, *shape)


# %% weight-images | wrong | 0 | from the smallest to the largest weight, so that 0 is no longer grey
def weight_images(kernel, shape=(32, 32, 3)):
    span = np.ptp(kernel) or 1
    return ((kernel - kernel.min()) / span).T.reshape(-1, *shape)


# %% weight-images | wrong | 0 | the sizes of the weights without their signs
def weight_images(kernel, shape=(32, 32, 3)):
    return (np.abs(kernel) / (np.abs(kernel).max() or 1)).T.reshape(-1, *shape)


# %% weight-images | wrong | 2 | divides by 0 where all weights are 0
def weight_images(kernel, shape=(32, 32, 3)):
    return 0.5 + kernel.T.reshape(-1, *shape) / (2 * np.abs(kernel).max())


# %% stack-macs | right | 3 | asks Keras for the sizes
def stack_macs(layers, size=32, channels=3):
    model, total = keras.Sequential([keras.Input((size, size, channels))]), 0
    for kind, *numbers in layers:
        if kind == "conv":
            model.add(keras.layers.Conv2D(numbers[0], numbers[1], padding=numbers[2]))
        elif kind == "pool":
            model.add(keras.layers.MaxPooling2D(numbers[0]))
        elif kind == "flatten":
            model.add(keras.layers.Flatten())
        else:
            model.add(keras.layers.Dense(numbers[0]))
    for layer in model.layers:
        if layer.weights:
            weights = layer.get_weights()[0]
            total += weights.size * int(np.prod(layer.output.shape[1:])) // weights.shape[-1]
    return total


# %% stack-macs | right | 3 | places, products and filters apart
def stack_macs(layers, size=32, channels=3):
    macs = []
    height = width = size
    for layer in layers:
        if layer[0] == "conv":
            if layer[3] == "valid":
                height, width = height - layer[2] + 1, width - layer[2] + 1
            macs.append(height * width * channels * layer[2] ** 2 * layer[1])
            channels = layer[1]
        if layer[0] == "pool":
            height, width = height // layer[1], width // layer[1]
        if layer[0] == "flatten":
            row = height * width * channels
        if layer[0] == "dense":
            macs.append(row * layer[1])
            row = layer[1]
    return sum(macs)


# %% stack-macs | wrong | 0 | counts the parameters without biases: each weight once
def stack_macs(layers, size=32, channels=3):
    total = 0
    for kind, *numbers in layers:
        if kind == "conv":
            size = size if numbers[2] == "same" else size - numbers[1] + 1
            total += numbers[0] * numbers[1] ** 2 * channels
            channels = numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total += units * numbers[0]
            units = numbers[0]
    return total


# %% stack-macs | wrong | 0 | the places of the input instead of the output
def stack_macs(layers, size=32, channels=3):
    total = 0
    for kind, *numbers in layers:
        if kind == "conv":
            total += size * size * numbers[0] * numbers[1] ** 2 * channels
            size = size if numbers[2] == "same" else size - numbers[1] + 1
            channels = numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total += units * numbers[0]
            units = numbers[0]
    return total


# %% stack-macs | wrong | 0 | forgets the input channels
def stack_macs(layers, size=32, channels=3):
    total = 0
    for kind, *numbers in layers:
        if kind == "conv":
            size = size if numbers[2] == "same" else size - numbers[1] + 1
            total += size * size * numbers[0] * numbers[1] ** 2
            channels = numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total += units * numbers[0]
            units = numbers[0]
    return total


# %% stack-macs | wrong | 1 | every layer gets the channels of the image
def stack_macs(layers, size=32, channels=3):
    total, last = 0, channels
    for kind, *numbers in layers:
        if kind == "conv":
            size = size if numbers[2] == "same" else size - numbers[1] + 1
            total += size * size * numbers[0] * numbers[1] ** 2 * channels
            last = numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * last
        elif kind == "dense":
            total += units * numbers[0]
            units = numbers[0]
    return total


# %% stack-macs | wrong | 0 | adds the biases
def stack_macs(layers, size=32, channels=3):
    total = 0
    for kind, *numbers in layers:
        if kind == "conv":
            size = size if numbers[2] == "same" else size - numbers[1] + 1
            total += size * size * numbers[0] * (numbers[1] ** 2 * channels + 1)
            channels = numbers[0]
        elif kind == "pool":
            size //= numbers[0]
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total += (units + 1) * numbers[0]
            units = numbers[0]
    return total


# %% judge-rungs | right | 4 | SciPy, from the summaries
def judge_rungs(rungs):
    from scipy import stats

    words = []
    for one, two in zip(rungs[:-1], rungs[1:]):
        if not one or not two or one[2] < 2 or two[2] < 2:
            words.append("open")
        elif one[1] == two[1] == 0:
            words.append("noise" if one[0] == two[0] else "gain" if two[0] > one[0] else "loss")
        else:
            p = stats.ttest_ind_from_stats(*two, *one, equal_var=False).pvalue
            words.append("noise" if p > 0.05 else "gain" if two[0] > one[0] else "loss")
    return words


# %% judge-rungs | right | 4 | the formulas step by step
def judge_rungs(rungs):
    from scipy.stats import t

    result = []
    for k in range(1, len(rungs)):
        if rungs[k] is None or rungs[k - 1] is None:
            result.append("open")
            continue
        mean1, sd1, runs1 = rungs[k - 1]
        mean2, sd2, runs2 = rungs[k]
        if runs1 < 2 or runs2 < 2:
            result.append("open")
            continue
        a, b = sd1 * sd1 / runs1, sd2 * sd2 / runs2
        margin = 0
        if a + b:
            margin = t.ppf(0.975, (a + b) ** 2 / (a * a / (runs1 - 1) + b * b / (runs2 - 1))) * (a + b) ** 0.5
        low, high = mean2 - mean1 - margin, mean2 - mean1 + margin
        result.append("gain" if low > 0 else "loss" if high < 0 else "noise")
    return result


# %% judge-rungs | wrong | 0 | 1.96 whatever the number of runs
def judge_rungs(rungs):
    words = []
    for one, two in zip(rungs, rungs[1:]):
        if not one or not two or min(one[2], two[2]) < 2:
            words.append("open")
            continue
        half = 1.96 * np.sqrt(one[1] ** 2 / one[2] + two[1] ** 2 / two[2])
        words.append("noise" if abs(two[0] - one[0]) <= half else "gain" if two[0] > one[0] else "loss")
    return words


# %% judge-rungs | wrong | 0 | does not divide by the runs
def judge_rungs(rungs):
    words = []
    for one, two in zip(rungs, rungs[1:]):
        if not one or not two or min(one[2], two[2]) < 2:
            words.append("open")
            continue
        half = 2 * np.sqrt(one[1] ** 2 + two[1] ** 2)
        words.append("noise" if abs(two[0] - one[0]) <= half else "gain" if two[0] > one[0] else "loss")
    return words


# %% judge-rungs | wrong | 2 | n1 + n2 - 2 degrees of freedom
def judge_rungs(rungs):
    from scipy import stats

    words = []
    for one, two in zip(rungs, rungs[1:]):
        if not one or not two or min(one[2], two[2]) < 2:
            words.append("open")
            continue
        half = stats.t.ppf(0.975, one[2] + two[2] - 2) * np.sqrt(one[1] ** 2 / one[2] + two[1] ** 2 / two[2])
        words.append("noise" if abs(two[0] - one[0]) <= half else "gain" if two[0] > one[0] else "loss")
    return words


# %% judge-rungs | wrong | 2 | leaves open steps out
def judge_rungs(rungs):
    from scipy import stats

    known = [rung for rung in rungs if rung and rung[2] > 1]
    words = []
    for (m1, s1, n1), (m2, s2, n2) in zip(known, known[1:]):
        v1, v2 = s1**2 / n1, s2**2 / n2
        half = stats.t.ppf(0.975, (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))) * np.sqrt(v1 + v2)
        words.append("noise" if abs(m2 - m1) <= half else "gain" if m2 > m1 else "loss")
    return words


# %% judge-rungs | wrong | 2 | whether the two intervals of the means overlap
def judge_rungs(rungs):
    from scipy import stats

    words = []
    for one, two in zip(rungs, rungs[1:]):
        if not one or not two or min(one[2], two[2]) < 2:
            words.append("open")
            continue
        half = sum(stats.t.ppf(0.975, n - 1) * s / np.sqrt(n) for _, s, n in (one, two))
        words.append("noise" if abs(two[0] - one[0]) <= half else "gain" if two[0] > one[0] else "loss")
    return words


# %% judge-rungs | wrong | 0 | never says loss
def judge_rungs(rungs):
    return ["gain" if one and two and two[0] > one[0] else "noise" for one, two in zip(rungs, rungs[1:])]


# %% build-anywhere | right | 4 | the mean of each map, larger kernels with strides
def build_anywhere():
    model = keras.Sequential()
    model.add(keras.Input((32, 32, 3)))
    model.add(keras.layers.Conv2D(32, 5, strides=2, activation="relu"))
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(
        keras.optimizers.Adam(0.01), keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"]
    )
    return model


# %% build-anywhere | right | 4 | the functional interface, padding, both global poolings
def build_anywhere():
    image = keras.Input(shape=(32, 32, 3))
    x = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(image)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = keras.layers.Concatenate()(
        [keras.layers.GlobalAveragePooling2D()(x), keras.layers.GlobalMaxPooling2D()(x)]
    )
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(x))
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.005),
        loss="sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model


# %% build-anywhere | wrong | 1 | a flat row, which knows places
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.MaxPooling2D(3),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-anywhere | wrong | 1 | no convolution that sees more than a pixel
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(16, 1, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-anywhere | wrong | 0 | the loss for one-hot labels
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-anywhere | wrong | 3 | no metric
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy")
    return model


# %% build-anywhere | wrong | 0 | over the budget
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.Conv2D(64, 3, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-anywhere | wrong | 1 | plain SGD, which has learnt nothing after 32 updates
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.001), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
