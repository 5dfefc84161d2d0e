# Answers to the autograded questions of regularization, right and wrong, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% split-in-three | right | 3 | Python's own generator and lists
def split_in_three(n, sizes, seed):
    import random

    order = list(range(n))
    random.Random(seed).shuffle(order)
    a, b, c = sizes
    return np.array(order[:a], int), np.array(order[a : a + b], int), np.array(order[a + b : a + b + c], int)


# %% split-in-three | right | 3 | numpy's old generator and split
def split_in_three(n, sizes, seed):
    order = np.random.RandomState(seed).permutation(n)[: sum(sizes)]
    return np.split(order, np.cumsum(sizes)[:2])


# %% split-in-three | right | 3 | choice without replacement
def split_in_three(n, sizes, seed):
    drawn = np.random.default_rng(seed).choice(n, size=sum(sizes), replace=False)
    a, b, _ = sizes
    return drawn[:a], drawn[a : a + b], drawn[a + b :]


# %% split-in-three | wrong | 2 | the global generator, whose seed is not planted
def split_in_three(n, sizes, seed):
    order = np.random.permutation(n)
    a, b, c = sizes
    return order[:a], order[a : a + b], order[a + b : a + b + c]


# %% split-in-three | wrong | 2 | not shuffled
def split_in_three(n, sizes, seed):
    order = np.arange(n)
    a, b, c = sizes
    return order[:a], order[a : a + b], order[a + b : a + b + c]


# %% split-in-three | wrong | 1 | draws each part by itself, so that they overlap
def split_in_three(n, sizes, seed):
    rng = np.random.default_rng(seed)
    return [rng.choice(n, size=size, replace=False) for size in sizes]


# %% split-in-three | wrong | 1 | the third part is all that is left
def split_in_three(n, sizes, seed):
    order = np.random.default_rng(seed).permutation(n)
    return order[: sizes[0]], order[sizes[0] : sizes[0] + sizes[1]], order[sizes[0] + sizes[1] :]


# %% split-in-three | wrong | 2 | one fixed seed
def split_in_three(n, sizes, seed):
    order = np.random.default_rng(123).permutation(n)
    return np.split(order[: sum(sizes)], np.cumsum(sizes)[:2])


# %% split-in-three | wrong | 2 | a permutation of too few
def split_in_three(n, sizes, seed):
    order = np.random.default_rng(seed).permutation(sum(sizes))
    return np.split(order, np.cumsum(sizes)[:2])


# %% split-in-three | wrong | 2 | seed 0 counts as none
def split_in_three(n, sizes, seed):
    rng = np.random.default_rng(seed if seed else None)
    order = rng.permutation(n)[: sum(sizes)]
    return np.split(order, np.cumsum(sizes)[:2])


# %% split-in-three | wrong | 2 | sorts each part
def split_in_three(n, sizes, seed):
    order = np.random.default_rng(seed).permutation(n)[: sum(sizes)]
    return [np.sort(part) for part in np.split(order, np.cumsum(sizes)[:2])]


# %% best-gap | right | 2 | a loop over rows
def best_gap(history):
    best = None
    for _, row in history.iterrows():
        if best is None or row["val_loss"] < best["val_loss"]:
            best = row
    return int(best["epoch"]), best["accuracy"] - best["val_accuracy"]


# %% best-gap | right | 2 | numpy arrays
def best_gap(history):
    at = int(np.argmin(history["val_loss"].to_numpy()))
    gap = (history["accuracy"] - history["val_accuracy"]).to_numpy()[at]
    return history["epoch"].to_numpy()[at], gap


# %% best-gap | right | 2 | the row as it is, whose epoch is a float
def best_gap(history):
    row = history.loc[history["val_loss"].idxmin()]
    return row["epoch"], row["accuracy"] - row["val_accuracy"]


# %% best-gap | right | 2 | epochs as index, changed in place
def best_gap(history):
    history.set_index("epoch", inplace=True)
    epoch = history["val_loss"].idxmin()
    return epoch, history.at[epoch, "accuracy"] - history.at[epoch, "val_accuracy"]


# %% best-gap | wrong | 0 | the last epoch
def best_gap(history):
    last = history.iloc[-1]
    return int(last["epoch"]), last["accuracy"] - last["val_accuracy"]


# %% best-gap | wrong | 0 | the epoch of the best validation accuracy
def best_gap(history):
    row = history.loc[history["val_accuracy"].idxmax()]
    return int(row["epoch"]), row["accuracy"] - row["val_accuracy"]


# %% best-gap | wrong | 0 | counts epochs from 0
def best_gap(history):
    at = int(np.argmin(history["val_loss"].to_numpy()))
    return at, (history["accuracy"] - history["val_accuracy"]).to_numpy()[at]


# %% best-gap | wrong | 0 | validation minus training
def best_gap(history):
    row = history.loc[history["val_loss"].idxmin()]
    return int(row["epoch"]), row["val_accuracy"] - row["accuracy"]


# %% best-gap | wrong | 0 | takes the label of the row for the epoch
def best_gap(history):
    at = history["val_loss"].idxmin()
    row = history.loc[at]
    return int(at) + 1, row["accuracy"] - row["val_accuracy"]


# %% best-gap | wrong | 0 | best training accuracy minus best validation accuracy
def best_gap(history):
    epoch = int(history.loc[history["val_loss"].idxmin(), "epoch"])
    return epoch, history["accuracy"].max() - history["val_accuracy"].max()


# %% best-gap | wrong | 0 | sorted by loss alone, which mixes equal ones
def best_gap(history):
    row = history.sort_values("val_loss").iloc[0]
    return int(row.epoch), row.accuracy - row.val_accuracy


# %% best-gap | wrong | 0 | never below 0
def best_gap(history):
    row = history.loc[history["val_loss"].idxmin()]
    return int(row["epoch"]), abs(row["accuracy"] - row["val_accuracy"])


# %% l2-penalty | right | 3 | through the flat array
def l2_penalty(weights, strength):
    flat = np.ravel(weights)
    return strength * float(flat @ flat), weights * (2 * strength)


# %% l2-penalty | right | 3 | through the norm
def l2_penalty(weights, strength):
    return strength * np.linalg.norm(weights.ravel()) ** 2, strength * (weights + weights)


# %% l2-penalty | right | 3 | computed in float32
def l2_penalty(weights, strength):
    w = np.asarray(weights, dtype="float32")
    return strength * np.square(w).sum(), np.float32(2 * strength) * w


# %% l2-penalty | wrong | 1 | forgets the factor 2 of the derivative
def l2_penalty(weights, strength):
    return strength * np.sum(weights**2), strength * weights


# %% l2-penalty | wrong | 0 | half the sum of squares, as some books write it
def l2_penalty(weights, strength):
    return 0.5 * strength * np.sum(weights**2), strength * weights


# %% l2-penalty | wrong | 2 | the mean of the squares
def l2_penalty(weights, strength):
    return strength * np.mean(weights**2), 2 * strength * weights


# %% l2-penalty | wrong | 0 | absolute values, which is L1
def l2_penalty(weights, strength):
    return strength * np.sum(np.abs(weights)), strength * np.sign(weights)


# %% l2-penalty | wrong | 1 | the step instead of the gradient
def l2_penalty(weights, strength):
    return strength * np.sum(weights**2), -2 * strength * weights


# %% l2-penalty | wrong | 2 | the root of the sum
def l2_penalty(weights, strength):
    return strength * np.sqrt(np.sum(weights**2)), 2 * strength * weights


# %% l2-penalty | wrong | 1 | a gradient summed to a number
def l2_penalty(weights, strength):
    return strength * np.sum(weights**2), 2 * strength * np.sum(weights)


# %% apply-dropout | right | 3 | multiplies by the mask
def apply_dropout(values, keep, rate, training=True):
    return values * keep / (1 - rate) if training else values


# %% apply-dropout | right | 3 | fills a copy
def apply_dropout(values, keep, rate, training=True):
    result = values.copy()
    if training:
        result[~keep] = 0
        result = result / (1.0 - rate)
    return result


# %% apply-dropout | right | 3 | changes its argument
def apply_dropout(values, keep, rate, training=True):
    if training:
        values[~keep] = 0
        values /= 1 - rate
    return values


# %% apply-dropout | wrong | 0 | forgets the scaling in training, and scales in prediction
def apply_dropout(values, keep, rate, training=True):
    return values * keep if training else values * (1 - rate)


# %% apply-dropout | wrong | 1 | forgets the scaling
def apply_dropout(values, keep, rate, training=True):
    return values * keep if training else values


# %% apply-dropout | wrong | 1 | divides by the rate
def apply_dropout(values, keep, rate, training=True):
    if not training:
        return values
    return values * keep / rate if rate else values * keep


# %% apply-dropout | wrong | 2 | drops in prediction as well
def apply_dropout(values, keep, rate, training=True):
    return values * keep / (1 - rate)


# %% apply-dropout | wrong | 1 | drops what is to be kept
def apply_dropout(values, keep, rate, training=True):
    return values * ~keep / (1 - rate) if training else values


# %% apply-dropout | wrong | 1 | divides by the share that this mask keeps
def apply_dropout(values, keep, rate, training=True):
    return values * keep / np.mean(keep) if training else values


# %% apply-dropout | wrong | 1 | draws a mask of its own
def apply_dropout(values, keep, rate, training=True):
    if not training:
        return values
    return values * (np.random.random(values.shape) >= rate) / (1 - rate)


# %% apply-dropout | wrong | 2 | drops in prediction, in place, without scaling
def apply_dropout(values, keep, rate, training=True):
    values[~keep] = 0
    if training:
        values /= 1 - rate
    return values


# %% batch-norm | right | 4 | reshapes to rows first
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    if not training:
        return (
            gamma * (x - moving_mean) / (moving_variance + epsilon) ** 0.5 + beta,
            moving_mean,
            moving_variance,
        )
    rows = x.reshape(-1, x.shape[-1])
    mean = rows.sum(axis=0) / len(rows)
    variance = (rows**2).mean(axis=0) - mean**2
    output = gamma * (x - mean) / (variance + epsilon) ** 0.5 + beta
    new_mean = moving_mean + (1 - momentum) * (mean - moving_mean)
    new_variance = moving_variance + (1 - momentum) * (variance - moving_variance)
    return output, new_mean, new_variance


# %% batch-norm | right | 4 | a loop over channels
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    output = np.empty(x.shape)
    means, variances = np.array(moving_mean, float), np.array(moving_variance, float)
    for c in range(x.shape[-1]):
        m, v = means[c], variances[c]
        if training:
            m, v = np.mean(x[..., c]), np.var(x[..., c])
            means[c] = momentum * means[c] + (1 - momentum) * m
            variances[c] = momentum * variances[c] + (1 - momentum) * v
        output[..., c] = gamma[c] * (x[..., c] - m) / np.sqrt(v + epsilon) + beta[c]
    return output, means, variances


# %% batch-norm | right | 4 | averages changed in place
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    if training:
        rows = x.reshape(-1, x.shape[-1])
        m, v = rows.mean(0), rows.var(0)
        moving_mean *= momentum
        moving_mean += (1 - momentum) * m
        moving_variance *= momentum
        moving_variance += (1 - momentum) * v
    else:
        m, v = moving_mean, moving_variance
    return (x - m) / np.sqrt(v + epsilon) * gamma + beta, moving_mean, moving_variance


# %% batch-norm | right | 4 | Keras's layer
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    layer = keras.layers.BatchNormalization(momentum=momentum, epsilon=epsilon)
    layer.build(x.shape)
    layer.set_weights([gamma, beta, moving_mean, moving_variance])
    out = layer(x.astype("float32"), training=training)
    _, _, mean, variance = layer.get_weights()
    return np.asarray(out), mean, variance


# %% batch-norm | wrong | 2 | one mean for all channels
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    if not training:
        return (
            gamma * (x - moving_mean) / np.sqrt(moving_variance + epsilon) + beta,
            moving_mean,
            moving_variance,
        )
    mean, variance = x.mean(), x.var()
    output = gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
    axes = tuple(range(x.ndim - 1))
    new_mean = momentum * moving_mean + (1 - momentum) * x.mean(axis=axes)
    return output, new_mean, momentum * moving_variance + (1 - momentum) * x.var(axis=axes)


# %% batch-norm | wrong | 1 | only the first axis, so that each place of a map has statistics of its own
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    if not training:
        return (
            gamma * (x - moving_mean) / np.sqrt(moving_variance + epsilon) + beta,
            moving_mean,
            moving_variance,
        )
    mean, variance = x.mean(axis=0), x.var(axis=0)
    output = gamma * (x - mean) / np.sqrt(variance + epsilon) + beta
    new_mean = momentum * moving_mean + (1 - momentum) * mean
    return output, new_mean, momentum * moving_variance + (1 - momentum) * variance


# %% batch-norm | wrong | 3 | momentum the wrong way round
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    mean, variance = moving_mean, moving_variance
    if training:
        axes = tuple(range(x.ndim - 1))
        mean, variance = x.mean(axis=axes), x.var(axis=axes)
        moving_mean = (1 - momentum) * moving_mean + momentum * mean
        moving_variance = (1 - momentum) * moving_variance + momentum * variance
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta, moving_mean, moving_variance


# %% batch-norm | wrong | 3 | uses the batch's statistics in prediction, too
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    axes = tuple(range(x.ndim - 1))
    mean, variance = x.mean(axis=axes), x.var(axis=axes)
    if training:
        moving_mean = momentum * moving_mean + (1 - momentum) * mean
        moving_variance = momentum * moving_variance + (1 - momentum) * variance
    return gamma * (x - mean) / np.sqrt(variance + epsilon) + beta, moving_mean, moving_variance


# %% batch-norm | wrong | 2 | normalizes with the averages that it has just updated
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    if training:
        axes = tuple(range(x.ndim - 1))
        moving_mean = momentum * moving_mean + (1 - momentum) * x.mean(axis=axes)
        moving_variance = momentum * moving_variance + (1 - momentum) * x.var(axis=axes)
    output = gamma * (x - moving_mean) / np.sqrt(moving_variance + epsilon) + beta
    return output, moving_mean, moving_variance


# %% batch-norm | wrong | 1 | divides by the variance instead of its root
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    mean, variance = moving_mean, moving_variance
    if training:
        axes = tuple(range(x.ndim - 1))
        mean, variance = x.mean(axis=axes), x.var(axis=axes)
        moving_mean = momentum * moving_mean + (1 - momentum) * mean
        moving_variance = momentum * moving_variance + (1 - momentum) * variance
    return gamma * (x - mean) / (variance + epsilon) + beta, moving_mean, moving_variance


# %% batch-norm | wrong | 1 | epsilon outside the root
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    mean, variance = moving_mean, moving_variance
    if training:
        axes = tuple(range(x.ndim - 1))
        mean, variance = x.mean(axis=axes), x.var(axis=axes)
        moving_mean = momentum * moving_mean + (1 - momentum) * mean
        moving_variance = momentum * moving_variance + (1 - momentum) * variance
    return gamma * (x - mean) / (np.sqrt(variance) + epsilon) + beta, moving_mean, moving_variance


# %% batch-norm | wrong | 3 | the averages move in prediction as well
def batch_norm(x, gamma, beta, moving_mean, moving_variance, training, momentum=0.99, epsilon=0.001):
    axes = tuple(range(x.ndim - 1))
    m, v = x.mean(axis=axes), x.var(axis=axes)
    use = (m, v) if training else (moving_mean, moving_variance)
    out = gamma * (x - use[0]) / np.sqrt(use[1] + epsilon) + beta
    return out, momentum * moving_mean + (1 - momentum) * m, momentum * moving_variance + (1 - momentum) * v


# %% batch-norm-parameters | right | 2 | layer by layer
def batch_norm_parameters(channels):
    trainable = frozen = 0
    for count in channels:
        trainable += count + count
        frozen += count + count
    return trainable, frozen


# %% batch-norm-parameters | right | 2 | asks Keras
def batch_norm_parameters(channels):
    trainable = frozen = 0
    for count in channels:
        layer = keras.layers.BatchNormalization()
        layer.build((None, count))
        trainable += sum(int(np.prod(w.shape)) for w in layer.trainable_weights)
        frozen += sum(int(np.prod(w.shape)) for w in layer.non_trainable_weights)
    return trainable, frozen


# %% batch-norm-parameters | right | 2 | numpy sums, which are floats for an empty list
def batch_norm_parameters(channels):
    return 2 * np.sum(channels), 2 * np.sum(channels)


# %% batch-norm-parameters | wrong | 0 | all of them trainable
def batch_norm_parameters(channels):
    return 4 * sum(channels), 0


# %% batch-norm-parameters | wrong | 0 | forgets the moving averages
def batch_norm_parameters(channels):
    return 2 * sum(channels), 0


# %% batch-norm-parameters | wrong | 0 | two of each kind a layer, whatever its channels
def batch_norm_parameters(channels):
    return 2 * len(channels), 2 * len(channels)


# %% batch-norm-parameters | wrong | 0 | gamma alone, and one average
def batch_norm_parameters(channels):
    return sum(channels), sum(channels)


# %% batch-norm-parameters | wrong | 0 | trainable ones and all, instead of the rest
def batch_norm_parameters(channels):
    return 2 * sum(channels), 4 * sum(channels)


# %% batch-norm-parameters | wrong | 0 | each size once
def batch_norm_parameters(channels):
    return 2 * sum(set(channels)), 2 * sum(set(channels))


# %% pure-loss | equivalent | 2 | a model that is called predicts unless it is told to train
# - probabilities = np.asarray(model(images, training=False))
# + probabilities = np.asarray(model(images))


# %% pure-loss | right | 2 | takes the penalties off what evaluate returns
def pure_loss(model, images, labels):
    loss = model.evaluate(images, labels, verbose=0, return_dict=True)["loss"]
    return loss - sum(float(penalty) for penalty in model.losses)


# %% pure-loss | right | 2 | Keras's own loss on the predictions
def pure_loss(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return float(np.mean(keras.losses.categorical_crossentropy(labels, outputs)))


# %% pure-loss | right | 2 | Keras's loss object
def pure_loss(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return keras.losses.CategoricalCrossentropy()(labels, outputs)


# %% pure-loss | wrong | 0 | the loss as evaluate returns it
def pure_loss(model, images, labels):
    return model.evaluate(images, labels, verbose=0)[0]


# %% pure-loss | wrong | 1 | the first penalty only, and an error without one
def pure_loss(model, images, labels):
    return model.evaluate(images, labels, verbose=0)[0] - float(model.losses[0])


# %% pure-loss | wrong | 0 | the penalty instead of the rest
def pure_loss(model, images, labels):
    return float(sum(model.losses))


# %% pure-loss | wrong | 1 | in training mode
def pure_loss(model, images, labels):
    outputs = np.asarray(model(images, training=True))
    return -np.mean(np.log(outputs[labels == 1] + 1e-9))


# %% pure-loss | wrong | 0 | the sum over the images
def pure_loss(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return -np.sum(np.log(outputs[labels == 1]))


# %% pure-loss | wrong | 0 | mean over classes as well
def pure_loss(model, images, labels):
    return -np.mean(labels * np.log(model.predict(images, verbose=0)))


# %% pure-loss | wrong | 1 | unpacks two results of evaluate
def pure_loss(model, images, labels):
    loss, accuracy = model.evaluate(images, labels, verbose=0)
    return loss - float(sum(model.losses))


# 20 seeds (right and wrong: 10): reference 0.62 to 0.69, right answers from 0.60, closest wrong answer (SGD at a tiny
# rate) 0.04 to 0.21, threshold 0.3
# %% build-regularized | right | 3 | functional, penalty on the dense layer, strided convolution
def build_regularized():
    image = keras.Input(shape=(28, 28))
    x = keras.layers.Reshape((28, 28, 1))(image)
    x = keras.layers.Conv2D(12, 5, strides=3, activation="relu")(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(40, activation="relu", kernel_regularizer="l2")(x)
    x = keras.layers.Dropout(0.3)(x)
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(0.003), keras.losses.CategoricalCrossentropy(), metrics=["accuracy"])
    return model


# %% build-regularized | right | 3 | L1 penalty, spatial dropout and batch normalization
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(8, 3, activation="relu", kernel_regularizer=keras.regularizers.L1(1e-4)),
            keras.layers.MaxPooling2D(2),
            keras.layers.SpatialDropout2D(0.1),
            keras.layers.Flatten(),
            keras.layers.BatchNormalization(momentum=0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-regularized | right | 3 | loss and metric as objects
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(
                16, 3, activation="relu", kernel_regularizer=keras.regularizers.L1L2(1e-5, 1e-4)
            ),
            keras.layers.MaxPooling2D(3),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.005),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy()],
    )
    return model


# %% build-regularized | right | 3 | nested models
def build_regularized():
    features = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu", kernel_regularizer="l2"),
            keras.layers.MaxPooling2D(3),
            keras.layers.Flatten(),
        ]
    )
    head = keras.Sequential([keras.layers.Dropout(0.2), keras.layers.Dense(10, "softmax")])
    model = keras.Sequential([features, head])
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="categorical_crossentropy", metrics=["acc"])
    return model


# %% build-regularized | wrong | 2 | batch normalization in place of dropout
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(8, 3, activation="relu", kernel_regularizer="l2"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.BatchNormalization(momentum=0.5),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-regularized | wrong | 2 | no penalty
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Dropout(0.2),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.003), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-regularized | wrong | 0 | over the budget
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu", kernel_regularizer="l2"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(80, activation="relu"),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-regularized | wrong | 2 | SGD at a tiny rate, which learns too slowly
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(8, 3, activation="relu", kernel_regularizer="l2"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.SGD(1e-4), loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-regularized | wrong | 0 | forgets the return
def build_regularized():
    model = keras.Sequential([keras.Input(shape=(28, 28)), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])


# %% build-regularized | wrong | 2 | a penalty on what a layer answers
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu", activity_regularizer=keras.regularizers.L2(1e-6)),
            keras.layers.MaxPooling2D(3),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.005), loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# %% build-regularized | wrong | 2 | dropout that also works when the model is simply called
def build_regularized():
    inputs = keras.Input((28, 28))
    x = keras.layers.Reshape((28, 28, 1))(inputs)
    x = keras.layers.Conv2D(16, 3, activation="relu", kernel_regularizer="l2")(x)
    x = keras.layers.MaxPooling2D(4)(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(32, activation="relu")(x)
    x = keras.layers.Dropout(0.2)(x, training=True)
    outputs = keras.layers.Dense(10, activation="softmax")(x)
    model = keras.Model(inputs, outputs)
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-regularized | wrong | 2 | noise instead of dropout
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.GaussianNoise(0.1),
            keras.layers.Conv2D(16, 3, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-4)),
            keras.layers.MaxPooling2D(3),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.005), loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# %% build-regularized | wrong | 2 | a penalty of strength 0
def build_regularized():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(16, 3, activation="relu", kernel_regularizer=keras.regularizers.L2(0)),
            keras.layers.MaxPooling2D(3),
            keras.layers.Flatten(),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.005), loss="categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# %% build-regularized | equivalent | 3 | filters, kernels and activations are free within the budget
# - keras.layers.Conv2D(16, kernel_size=3, activation="relu", kernel_regularizer=keras.regularizers.L2(0.001)),
# + keras.layers.Conv2D(<...>, kernel_size=<...>, activation=<...>, kernel_regularizer=keras.regularizers.L2(0.001)),


# %% build-regularized | equivalent | 3 | no activation is asked for
# - keras.layers.Conv2D(16, kernel_size=3, activation="relu", kernel_regularizer=keras.regularizers.L2(0.001)),
# + keras.layers.Conv2D(16, kernel_size=3, kernel_regularizer=keras.regularizers.L2(0.001)),


# %% build-regularized | equivalent | 3 | a coarser pooling stays in the budget
# - keras.layers.MaxPooling2D(pool_size=2),
# + keras.layers.MaxPooling2D(pool_size=3),


# %% build-regularized | equivalent | 3 | 2 is what Keras takes unless it is told otherwise
# - keras.layers.MaxPooling2D(pool_size=2),
# + keras.layers.MaxPooling2D(),


# %% build-regularized | equivalent | 3 | filters, kernels and activations are free within the budget
# - keras.layers.Conv2D(16, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(<...>, kernel_size=<...>, activation=<...>),


# %% build-regularized | equivalent | 3 | no activation is asked for
# - keras.layers.Conv2D(16, kernel_size=3, activation="relu"),
# + keras.layers.Conv2D(16, kernel_size=3),


# %% build-regularized | equivalent | 3 | one convolution is enough
# - keras.layers.Conv2D(16, kernel_size=3, activation="relu"),
# + *[],


# %% build-regularized | equivalent | 3 | the size and the activation of a hidden layer are free within the budget
# - keras.layers.Dense(80, activation="relu"),
# + keras.layers.Dense(<...>, activation=<...>),


# %% build-regularized | equivalent | 3 | no activation is asked for
# - keras.layers.Dense(80, activation="relu"),
# + keras.layers.Dense(80),


# %% build-regularized | equivalent | 3 | no hidden dense layer is asked for
# - keras.layers.Dense(80, activation="relu"),
# + *[],


# %% build-regularized | equivalent | 3 | the optimizer is free, and RMSprop learns fast enough
# - optimizer = keras.optimizers.Adam(learning_rate=0.002)
# + optimizer = keras.optimizers.RMSprop(learning_rate=0.002)


# %% build-regularized | equivalent | 3 | the usual rate of Adam learns fast enough
# - optimizer = keras.optimizers.Adam(learning_rate=0.002)
# + optimizer = keras.optimizers.Adam()


# %% build-regularized | equivalent | 3 | Keras takes RMSprop then, which learns fast enough
# - model.compile(optimizer=optimizer, loss="categorical_crossentropy", metrics=["accuracy"])
# + model.compile(loss='categorical_crossentropy', metrics=['accuracy'])


# %% build-regularized | equivalent | 3 | the penalty's strength is free as long as the network learns
# - keras.layers.Conv2D(16, kernel_size=3, activation="relu", kernel_regularizer=keras.regularizers.L2(0.001)),
# + keras.layers.Conv2D(16, kernel_size=3, activation="relu", kernel_regularizer=keras.regularizers.L2(1.<...>)),
