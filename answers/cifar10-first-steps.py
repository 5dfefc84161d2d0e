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


# %% unit-states | right | 4 | in float32, an array back
def unit_states(layers, images):
    v = np.asarray(images, dtype="float32").reshape(len(images), -1)
    out = np.zeros((len(layers), 2), int)
    for i, (kernel, bias) in enumerate(layers):
        v = np.maximum(v.dot(kernel.astype("float32")) + bias.astype("float32"), 0)
        out[i] = (v.sum(axis=0) == 0).sum(), (v > 0).all(axis=0).sum()
    return out


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


# %% unit-states | wrong | 2 | a unit whose sum is 0 counts as living
def unit_states(layers, images):
    v, out = images.reshape(len(images), -1), []
    for k, b in layers:
        s = v @ k + b
        out.append((int((s < 0).all(axis=0).sum()), int((s > 0).all(axis=0).sum())))
        v = np.maximum(s, 0)
    return out


# %% unit-states | wrong | 2 | rounds the sums to the type of the images
def unit_states(layers, images):
    v, out = images.reshape(len(images), -1), []
    for k, b in layers:
        s = (v @ k + b).astype(images.dtype)
        out.append((int((s <= 0).all(axis=0).sum()), int((s > 0).all(axis=0).sum())))
        v = np.maximum(s, 0)
    return out


# %% unit-states | wrong | 2 | a single image loses its axis
def unit_states(layers, images):
    v, out = np.squeeze(images.reshape(len(images), -1)), []
    for k, b in layers:
        s = v @ k + b
        out.append((int((s <= 0).all(axis=0).sum()), int((s > 0).all(axis=0).sum())))
        v = np.maximum(s, 0)
    return out


# %% unit-states | wrong | 2 | nearly all images are enough: 99 %
def unit_states(layers, images):
    x = images.reshape(len(images), -1)
    states = []
    for kernel, bias in layers:
        sums = x @ kernel + bias
        x = np.maximum(sums, 0)
        on = (sums > 0).mean(axis=0)
        states.append((int((on < 0.01).sum()), int((on > 0.99).sum())))
    return states


# %% unit-states | wrong | 2 | lets a little of a negative sum through
def unit_states(layers, images):
    v, out = images.reshape(len(images), -1), []
    for k, b in layers:
        s = v @ k + b
        out.append((int((s <= 0).all(axis=0).sum()), int((s > 0).all(axis=0).sum())))
        v = np.where(s > 0, s, 0.01 * s)
    return out


# %% unit-states | equivalent | 4 | numpy takes any negative length for the one that is left
# - values, states = np.reshape(images, (len(images), -1)), []
# + values, states = np.reshape(images, (len(images), -2)), []


# %% sum-changes | right | 2 | one image after the other
def sum_changes(gradient, images, rate):
    step = np.where(gradient > 0, -rate, np.where(gradient < 0, rate, 0))
    return np.array([np.sum(step * image) for image in images])


# %% sum-changes | right | 2 | all axes of an image at once
def sum_changes(gradient, images, rate):
    return np.tensordot(images, -rate * np.sign(gradient), axes=gradient.ndim)


# %% sum-changes | right | 2 | float32, pixel by pixel
def sum_changes(gradient, images, rate):
    out = np.zeros(len(images), "float32")
    step = (-rate * np.sign(gradient)).astype("float32").ravel()
    for i, image in enumerate(images.reshape(len(images), -1).astype("float32")):
        for w, x in zip(step, image):
            out[i] += w * x
    return out


# %% sum-changes | right | 2 | in Keras's operations
def sum_changes(gradient, images, rate):
    g = keras.ops.sign(keras.ops.convert_to_tensor(gradient, dtype="float32"))
    x = keras.ops.convert_to_tensor(images, dtype="float32")
    return -rate * keras.ops.sum(x * g, axis=(1, 2, 3))


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


# %% sum-changes | wrong | 0 | negates pixels that have no sign
def sum_changes(gradient, images, rate):
    return rate * (-images * np.sign(gradient)).reshape(len(images), -1).sum(axis=1)


# %% sum-changes | wrong | 0 | puts the steps into an array of the gradient's type
def sum_changes(gradient, images, rate):
    step = np.zeros_like(gradient)
    step[gradient > 0] = -rate
    step[gradient < 0] = rate
    return (images * step).sum(axis=(1, 2, 3))


# %% sum-changes | wrong | 0 | a single image gives a number instead of an array
def sum_changes(gradient, images, rate):
    return np.squeeze(-rate * (images * np.sign(gradient)).reshape(len(images), -1).sum(axis=1))


# %% sum-changes | equivalent | 2 | numpy takes any negative length for the one that is left
# - return -rate * images.reshape(len(images), -1) @ np.sign(gradient).ravel()
# + return -rate * images.reshape(len(images), -2) @ np.sign(gradient).ravel()


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


# %% standardise | right | 3 | Keras's own layer
def standardise(x_train, x_new):
    layer = keras.layers.Normalization(axis=-1)
    layer.adapt(x_train)
    return np.asarray(layer(x_new))


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


# %% standardise | wrong | 2 | puts the result into an array of the type of the images
def standardise(x_train, x_new):
    out = np.zeros_like(x_new)
    for c in range(3):
        out[..., c] = (x_new[..., c] - x_train[..., c].mean()) / x_train[..., c].std()
    return out


# %% standardise | wrong | 2 | in place, which images of whole numbers refuse
def standardise(x_train, x_new):
    mean, std = x_train.mean(axis=(0, 1, 2)), x_train.std(axis=(0, 1, 2))
    x_new -= mean
    x_new /= std
    return x_new


# %% standardise | wrong | 2 | rounds the mean to whole numbers
def standardise(x_train, x_new):
    mean = x_train.mean(axis=(0, 1, 2)).astype(x_train.dtype)
    return (x_new - mean) / x_train.std(axis=(0, 1, 2))


# %% standardise | wrong | 2 | the statistics of both together
def standardise(x_train, x_new):
    both = np.concatenate([x_train, x_new])
    return (x_new - both.mean(axis=(0, 1, 2))) / both.std(axis=(0, 1, 2))


# %% standardise | equivalent | 3 | of four axes, the last but one is axis 2
# - return (x_new - x_train.mean(axis=(0, 1, 2))) / x_train.std(axis=(0, 1, 2))
# + return (x_new - x_train.mean(axis=(0, 1, -2))) / x_train.std(axis=(0, 1, 2))

# %% standardise | equivalent | 3 | of four axes, the last but one is axis 2
# - return (x_new - x_train.mean(axis=(0, 1, 2))) / x_train.std(axis=(0, 1, 2))
# + return (x_new - x_train.mean(axis=(0, 1, 2))) / x_train.std(axis=(0, 1, -2))


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


# %% weight-images | right | 3 | nested lists
def weight_images(kernel, shape=(32, 32, 3)):
    far = max(abs(w) for row in kernel for w in row) or 1
    return [
        np.reshape([0.5 + w / far / 2 for w in kernel[:, j]], shape).tolist() for j in range(kernel.shape[1])
    ]


# %% weight-images | right | 3 | unit by unit, in float32
def weight_images(kernel, shape=(32, 32, 3)):
    k = np.asarray(kernel, "float32")
    far = np.float32(np.max(np.abs(k)))
    scaled = k / far if far > 0 else k
    return np.array([(scaled[:, j] * 0.5 + 0.5).reshape(shape) for j in range(k.shape[1])])


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


# %% weight-images | wrong | 2 | changes the kernel that it is given
def weight_images(kernel, shape=(32, 32, 3)):
    kernel /= 2 * (np.abs(kernel).max() or 1)
    return 0.5 + kernel.T.reshape(-1, *shape)


# %% weight-images | wrong | 1 | a single unit loses its axis
def weight_images(kernel, shape=(32, 32, 3)):
    far = np.abs(kernel).max() or 1
    return np.squeeze(0.5 + kernel.T.reshape(-1, *shape) / (2 * far))


# %% weight-images | wrong | 0 | always images of 32 x 32
def weight_images(kernel, shape=(32, 32, 3)):
    far = np.abs(kernel).max() or 1
    return 0.5 + kernel.T.reshape(-1, 32, 32, 3) / (2 * far)


# %% weight-images | equivalent | 3 | any divisor will do for weights that are all 0
# - far = np.abs(kernel).max() or 1.0
# + far = np.abs(kernel).max() or 2.0

# %% weight-images | equivalent | 3 | numpy takes any negative length for the one that is left
# - return 0.5 + kernel.T.reshape(-1, *shape) / (2 * far)
# + return 0.5 + kernel.T.reshape(-2, *shape) / (2 * far)


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


# %% stack-macs | right | 3 | recursion
def stack_macs(layers, size=32, channels=3, row=0):
    if not layers:
        return 0
    (kind, *n), rest = layers[0], layers[1:]
    if kind == "conv":
        side = size if n[2] == "same" else size - n[1] + 1
        return side**2 * n[0] * n[1] ** 2 * channels + stack_macs(rest, side, n[0])
    if kind == "pool":
        return stack_macs(rest, size // n[0], channels)
    if kind == "flatten":
        return stack_macs(rest, size, channels, size**2 * channels)
    return row * n[0] + stack_macs(rest, size, channels, n[0])


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


# %% stack-macs | wrong | 1 | pads by half a kernel, which for an even one is a pixel too many
def stack_macs(layers, size=32, channels=3):
    total, units = 0, None
    for kind, *n in layers:
        if kind == "conv":
            size = size + (2 * (n[1] // 2) if n[2] == "same" else 0) - n[1] + 1
            total += size * size * n[0] * n[1] ** 2 * channels
            channels = n[0]
        elif kind == "pool":
            size = size // n[0]
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total += units * n[0]
            units = n[0]
    return total


# %% stack-macs | wrong | 1 | rounds a pooling up
def stack_macs(layers, size=32, channels=3):
    total, units = 0, None
    for kind, *n in layers:
        if kind == "conv":
            size = size if n[2] == "same" else size - n[1] + 1
            total += size * size * n[0] * n[1] ** 2 * channels
            channels = n[0]
        elif kind == "pool":
            size = -(-size // n[0])
        elif kind == "flatten":
            units = size * size * channels
        elif kind == "dense":
            total += units * n[0]
            units = n[0]
    return total


# %% stack-macs | wrong | 1 | counts in 32 bits, too few for a large network
def stack_macs(layers, size=32, channels=3):
    total, units = np.int32(0), None
    size, channels = np.int32(size), np.int32(channels)
    with np.errstate(all="ignore"):
        for kind, *n in layers:
            if kind == "conv":
                size = size if n[2] == "same" else np.int32(size - n[1] + 1)
                total = np.int32(total + size * size * np.int32(n[0]) * np.int32(n[1]) ** 2 * channels)
                channels = np.int32(n[0])
            elif kind == "pool":
                size = np.int32(size // n[0])
            elif kind == "flatten":
                units = size * size * channels
            elif kind == "dense":
                total = np.int32(total + units * np.int32(n[0]))
                units = np.int32(n[0])
    return total


# %% stack-macs | equivalent | 3 | a pool holds a single number
# - size = size // numbers[0]
# + size = size // numbers[-1]

# %% stack-macs | equivalent | 3 | of the four kinds that the question names, the last is left
# - elif kind == "dense":
# + elif True:

# %% stack-macs | equivalent | 3 | a dense layer holds a single number
# - total += units * numbers[0]
# + total += units * numbers[-1]

# %% stack-macs | equivalent | 3 | a dense layer holds a single number
# - units = numbers[0]
# + units = numbers[-1]


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


# %% judge-rungs | right | 4 | SciPy's interval
def judge_rungs(rungs):
    from scipy import stats

    words = []
    for i in range(len(rungs) - 1):
        lower, upper = rungs[i], rungs[i + 1]
        if lower is None or upper is None or lower[2] < 2 or upper[2] < 2:
            words.append("open")
            continue
        se = np.hypot(lower[1] / np.sqrt(lower[2]), upper[1] / np.sqrt(upper[2]))
        d = upper[0] - lower[0]
        if se == 0:
            words.append("noise" if d == 0 else ("gain", "loss")[d < 0])
            continue
        v = np.array([lower[1] ** 2 / lower[2], upper[1] ** 2 / upper[2]])
        freedom = v.sum() ** 2 / (v**2 / [lower[2] - 1, upper[2] - 1]).sum()
        low, high = stats.t.interval(0.95, freedom, loc=d, scale=se)
        words.append("gain" if low > 0 else "loss" if high < 0 else "noise")
    return np.array(words)


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


# %% judge-rungs | wrong | 0 | whether the two intervals of the means overlap
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


# %% judge-rungs | wrong | 2 | n instead of n - 1 in the degrees of freedom
def judge_rungs(rungs):
    from scipy import stats

    out = []
    for a, b in zip(rungs, rungs[1:]):
        if a is None or b is None or min(a[2], b[2]) < 2:
            out.append("open")
            continue
        v, w = a[1] ** 2 / a[2], b[1] ** 2 / b[2]
        f = (v + w) ** 2 / (v**2 / a[2] + w**2 / b[2]) if v + w else 1
        half = stats.t.ppf(0.975, f) * np.sqrt(v + w)
        out.append("noise" if abs(b[0] - a[0]) <= half else "gain" if b[0] > a[0] else "loss")
    return out


# %% judge-rungs | wrong | 2 | does not divide by the runs in the degrees of freedom
def judge_rungs(rungs):
    from scipy import stats

    out = []
    for a, b in zip(rungs, rungs[1:]):
        if a is None or b is None or min(a[2], b[2]) < 2:
            out.append("open")
            continue
        v, w = a[1] ** 2, b[1] ** 2
        f = (v + w) ** 2 / (v**2 / (a[2] - 1) + w**2 / (b[2] - 1)) if v + w else 1
        half = stats.t.ppf(0.975, f) * np.sqrt(v / a[2] + w / b[2])
        out.append("noise" if abs(b[0] - a[0]) <= half else "gain" if b[0] > a[0] else "loss")
    return out


# %% judge-rungs | wrong | 0 | Student's test with one variance for both
def judge_rungs(rungs):
    from scipy import stats

    out = []
    for a, b in zip(rungs, rungs[1:]):
        if a is None or b is None or min(a[2], b[2]) < 2:
            out.append("open")
            continue
        f = a[2] + b[2] - 2
        pooled = ((a[2] - 1) * a[1] ** 2 + (b[2] - 1) * b[1] ** 2) / f
        half = stats.t.ppf(0.975, f) * np.sqrt(pooled * (1 / a[2] + 1 / b[2]))
        out.append("noise" if abs(b[0] - a[0]) <= half else "gain" if b[0] > a[0] else "loss")
    return out


# %% judge-rungs | wrong | 2 | one deviation of 0 makes any difference count
def judge_rungs(rungs):
    from scipy import stats

    out = []
    for a, b in zip(rungs, rungs[1:]):
        if a is None or b is None or min(a[2], b[2]) < 2:
            out.append("open")
            continue
        v, w = a[1] ** 2 / a[2], b[1] ** 2 / b[2]
        half = 0
        if v and w:
            half = stats.t.ppf(0.975, (v + w) ** 2 / (v**2 / (a[2] - 1) + w**2 / (b[2] - 1))) * np.sqrt(v + w)
        out.append("noise" if abs(b[0] - a[0]) <= half else "gain" if b[0] > a[0] else "loss")
    return out


# %% judge-rungs | wrong | 2 | wants three runs
def judge_rungs(rungs):
    from scipy import stats

    out = []
    for a, b in zip(rungs, rungs[1:]):
        if a is None or b is None or min(a[2], b[2]) < 3:
            out.append("open")
            continue
        v, w = a[1] ** 2 / a[2], b[1] ** 2 / b[2]
        half = 0
        if v + w:
            half = stats.t.ppf(0.975, (v + w) ** 2 / (v**2 / (a[2] - 1) + w**2 / (b[2] - 1))) * np.sqrt(v + w)
        out.append("noise" if abs(b[0] - a[0]) <= half else "gain" if b[0] > a[0] else "loss")
    return out


# %% judge-rungs | equivalent | 4 | equal means are noise a line above
# - return "gain" if m2 > m1 else "loss"
# + return "gain" if m2 >= m1 else "loss"


# 20 seeds: reference 1.00, other right answers from 0.32; 10 seeds: closest wrong answer (a coarse grid) 0.10 to 0.23;
# threshold 0.3

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


# %% build-anywhere | right | 4 | leaves the sides open, and a metric of another name
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((None, None, 3)),
            keras.layers.Conv2D(24, 5, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(24, 3, activation="relu"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(0.005),
        "sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="hits")],
    )
    return model


# %% build-anywhere | right | 4 | a model in a model, with weight decay
def build_anywhere():
    features = keras.Sequential(
        [
            keras.layers.Conv2D(16, 3, activation="relu", kernel_regularizer="l2"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(32, 3, activation="relu", kernel_regularizer=keras.regularizers.L2(0.001)),
        ]
    )
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            features,
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        keras.optimizers.RMSprop(0.003),
        "sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
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


# %% build-anywhere | wrong | 3 | counts an answer among the first five as right
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
    model.compile(
        keras.optimizers.Adam(0.005),
        "sparse_categorical_crossentropy",
        metrics=["sparse_top_k_categorical_accuracy"],
    )
    return model


# %% build-anywhere | wrong | 1 | batch normalization, whose averages lag behind
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.MaxPooling2D(2),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-anywhere | wrong | 1 | pools to a coarse grid, which still knows left from right
def build_anywhere():
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(15),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.005), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-anywhere | equivalent | 4 | the design is free: another convolution that fits the budget and learns
# - keras.layers.Conv2D(filters=16, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(filters=<...>),

# %% build-anywhere | equivalent | 4 | the design is free: another convolution that fits the budget and learns
# - keras.layers.Conv2D(filters=32, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(filters=<...>),

# %% build-anywhere | equivalent | 4 | the design is free: another pooling that learns
# - keras.layers.MaxPooling2D(pool_size=2),
# + keras.layers.MaxPooling2D(<...>),

# %% build-anywhere | equivalent | 4 | one convolution is left, which is enough
# - keras.layers.Conv2D(filters=16, kernel_size=3, activation="relu"),
# + *[],

# %% build-anywhere | equivalent | 4 | one convolution is left, which is enough
# - keras.layers.Conv2D(filters=32, kernel_size=3, activation="relu"),
# + *[],

# %% build-anywhere | equivalent | 4 | the global pooling is enough
# - keras.layers.MaxPooling2D(pool_size=2),
# + *[],

# %% build-anywhere | equivalent | 4 | the mean of a map knows no place either
# - keras.layers.GlobalMaxPooling2D(),
# + keras.layers.GlobalAveragePooling2D(),

# %% build-anywhere | equivalent | 4 | any optimizer that learns will do
# - optimizer = keras.optimizers.Adam(learning_rate=0.005)
# + optimizer = keras.optimizers.<...>
