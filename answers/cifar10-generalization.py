# Answers to the autograded questions of cifar10-generalization, right and wrong, each with the points that it deserves.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% build-two-paths | right | 3 | maxima first, ReLU as a layer of its own, an optimizer object
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(filters=16, kernel_size=3, padding="same")(images)
    maps = keras.layers.ReLU()(maps)
    paths = [keras.layers.GlobalMaxPooling2D()(maps), keras.layers.GlobalAveragePooling2D()(maps)]
    outputs = keras.layers.Dense(10, activation="softmax")(keras.layers.concatenate(paths))
    model = keras.Model(inputs=images, outputs=outputs)
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    return model


# %% build-two-paths | right | 3 | poolings of the whole map, flattened
def build_two_paths():
    images = keras.Input((32, 32, 3))
    maps = keras.layers.Conv2D(16, (3, 3), padding="same", activation="relu")(images)
    means = keras.layers.Flatten()(keras.layers.AveragePooling2D(pool_size=32)(maps))
    maxima = keras.layers.Flatten()(keras.layers.MaxPooling2D(pool_size=32)(maps))
    x = keras.layers.Concatenate(axis=-1)([means, maxima])
    x = keras.layers.Dense(10)(x)
    model = keras.Model(images, keras.layers.Softmax()(x))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | right | 3 | the accuracy as an object, the maps from an inner Sequential
def build_two_paths():
    front = keras.Sequential([
        keras.Input((32, 32, 3)),
        keras.layers.Conv2D(16, 3, padding="same"),
        keras.layers.Activation("relu"),
    ])
    images = keras.Input((32, 32, 3))
    maps = front(images)
    x = keras.layers.concatenate([keras.layers.GlobalAveragePooling2D()(maps), keras.layers.GlobalMaxPooling2D()(maps)])
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(x))
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.002),
        loss=keras.losses.CategoricalCrossentropy(),
        metrics=[keras.metrics.CategoricalAccuracy()],
    )
    return model


# %% build-two-paths | right | 3 | keras.ops for the paths, and the metric by its short name
def build_two_paths():
    images = keras.Input((32, 32, 3))
    maps = keras.ops.relu(keras.layers.Conv2D(16, 3, padding="same")(images))
    x = keras.ops.concatenate([keras.ops.mean(maps, axis=(1, 2)), keras.ops.max(maps, axis=(1, 2))], axis=1)
    model = keras.Model(images, keras.ops.softmax(keras.layers.Dense(10)(x)))
    model.compile("adam", "categorical_crossentropy", metrics=["acc"])
    return model


# %% build-two-paths | wrong | 0 | adds the two paths instead of putting them side by side
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    maxima = keras.layers.GlobalMaxPooling2D()(maps)
    joined = keras.layers.Add()([means, maxima])
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 1 | no ReLU
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same")(images)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    maxima = keras.layers.GlobalMaxPooling2D()(maps)
    joined = keras.layers.Concatenate()([means, maxima])
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 1 | the same pooling twice
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    joined = keras.layers.Concatenate()([means, means])
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 1 | no padding: the mean is over other places
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, activation="relu")(images)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    maxima = keras.layers.GlobalMaxPooling2D()(maps)
    joined = keras.layers.Concatenate()([means, maxima])
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 2 | not compiled
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    maxima = keras.layers.GlobalMaxPooling2D()(maps)
    joined = keras.layers.Concatenate()([means, maxima])
    return keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))


# %% build-two-paths | wrong | 2 | a single model that is given out again and again
_images = keras.Input(shape=(32, 32, 3))
_maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(_images)
_paths = [keras.layers.GlobalAveragePooling2D()(_maps), keras.layers.GlobalMaxPooling2D()(_maps)]
_model = keras.Model(
    _images, keras.layers.Dense(10, activation="softmax")(keras.layers.Concatenate()(_paths))
)
_model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])


def build_two_paths():
    return _model


# %% build-two-paths | wrong | 2 | mean squared error and SGD
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    maxima = keras.layers.GlobalMaxPooling2D()(maps)
    joined = keras.layers.Concatenate()([means, maxima])
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))
    model.compile(optimizer="sgd", loss="mse", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 2 | SGD instead of Adam
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    maxima = keras.layers.GlobalMaxPooling2D()(maps)
    joined = keras.layers.Concatenate()([means, maxima])
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))
    model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 2 | binary instead of categorical cross-entropy
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    means = keras.layers.GlobalAveragePooling2D()(maps)
    maxima = keras.layers.GlobalMaxPooling2D()(maps)
    joined = keras.layers.Concatenate()([means, maxima])
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))
    model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 2 | AdamW, which shrinks the weights as well
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    paths = [keras.layers.GlobalAveragePooling2D()(maps), keras.layers.GlobalMaxPooling2D()(maps)]
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(keras.layers.Concatenate()(paths)))
    model.compile(optimizer="adamw", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 2 | a dropout that nobody asked for
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    paths = [keras.layers.GlobalAveragePooling2D()(maps), keras.layers.GlobalMaxPooling2D()(maps)]
    joined = keras.layers.Dropout(0.3)(keras.layers.Concatenate()(paths))
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(joined))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 2 | smooths the labels
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    paths = [keras.layers.GlobalAveragePooling2D()(maps), keras.layers.GlobalMaxPooling2D()(maps)]
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(keras.layers.Concatenate()(paths)))
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=0.1)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    return model


# %% build-two-paths | wrong | 2 | no metric
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    paths = [keras.layers.GlobalAveragePooling2D()(maps), keras.layers.GlobalMaxPooling2D()(maps)]
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(keras.layers.Concatenate()(paths)))
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    return model


# %% build-two-paths | wrong | 2 | binary accuracy, each output by itself
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(images)
    paths = [keras.layers.GlobalAveragePooling2D()(maps), keras.layers.GlobalMaxPooling2D()(maps)]
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(keras.layers.Concatenate()(paths)))
    metric = keras.metrics.BinaryAccuracy(name="accuracy")
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=[metric])
    return model


# %% build-two-paths | wrong | 2 | a penalty on the outputs of the convolution
def build_two_paths():
    images = keras.Input(shape=(32, 32, 3))
    penalty = keras.regularizers.L2(1e-3)
    maps = keras.layers.Conv2D(16, 3, padding="same", activation="relu", activity_regularizer=penalty)(images)
    paths = [keras.layers.GlobalAveragePooling2D()(maps), keras.layers.GlobalMaxPooling2D()(maps)]
    model = keras.Model(images, keras.layers.Dense(10, activation="softmax")(keras.layers.Concatenate()(paths)))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% sharpen | right | 3 | by logarithms, zeros apart
def sharpen(probabilities, factor):
    probabilities = np.asarray(probabilities, dtype=float)
    sums = np.log(np.where(probabilities > 0, probabilities, 1.0)) * factor
    sums = np.where(probabilities > 0, sums, -np.inf)
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# %% sharpen | right | 3 | row by row
def sharpen(probabilities, factor):
    rows = []
    for row in probabilities:
        powers = [(p / max(row)) ** factor for p in row]
        rows.append([power / sum(powers) for power in powers])
    return np.array(rows)


# %% sharpen | right | 3 | scipy's softmax of the logarithms
def sharpen(probabilities, factor):
    from scipy.special import softmax

    with np.errstate(divide="ignore"):
        return softmax(factor * np.log(probabilities), axis=1)


# %% sharpen | right | 3 | a data frame, divided along its rows
def sharpen(probabilities, factor):
    table = pd.DataFrame(probabilities)
    powers = table.div(table.max(axis=1), axis=0) ** factor
    return powers.div(powers.sum(axis=1), axis=0)


# %% sharpen | wrong | 2 | powers that vanish
def sharpen(probabilities, factor):
    powers = np.asarray(probabilities) ** factor
    return powers / powers.sum(axis=1, keepdims=True)


# %% sharpen | wrong | 0 | multiplies instead of raising to a power
def sharpen(probabilities, factor):
    scaled = np.asarray(probabilities) * factor
    return scaled / scaled.sum(axis=1, keepdims=True)


# %% sharpen | wrong | 0 | forgets to divide by the sum
def sharpen(probabilities, factor):
    return np.asarray(probabilities) ** factor


# %% sharpen | wrong | 0 | softmax of the probabilities themselves
def sharpen(probabilities, factor):
    powers = np.exp(factor * np.asarray(probabilities))
    return powers / powers.sum(axis=1, keepdims=True)


# %% sharpen | wrong | 0 | one over the factor: a temperature
def sharpen(probabilities, factor):
    probabilities = np.asarray(probabilities, dtype=float)
    powers = (probabilities / probabilities.max(axis=-1, keepdims=True)) ** (1 / factor)
    return powers / powers.sum(axis=-1, keepdims=True)


# %% sharpen | wrong | 2 | a small number against log(0), which is too large for small factors
def sharpen(probabilities, factor):
    sums = factor * np.log(probabilities + 1e-15)
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# %% sharpen | wrong | 0 | sums over the columns
def sharpen(probabilities, factor):
    powers = (probabilities / probabilities.max(axis=0)) ** factor
    return powers / powers.sum(axis=0)


# %% sharpen | wrong | 2 | divides by the largest value of the whole array
def sharpen(probabilities, factor):
    powers = (probabilities / probabilities.max()) ** factor
    return powers / powers.sum(axis=1, keepdims=True)


# %% sharpen | wrong | 2 | gives up where the powers vanish
def sharpen(probabilities, factor):
    powers = probabilities**factor
    return powers / np.maximum(powers.sum(axis=1, keepdims=True), 1e-300)


# %% sharpen | wrong | 2 | the winner takes all at large factors
def sharpen(probabilities, factor):
    if factor > 100:
        return np.eye(probabilities.shape[1])[probabilities.argmax(axis=1)]
    powers = probabilities**factor
    return powers / powers.sum(axis=1, keepdims=True)


# %% sharpen | equivalent | 3 | the argument is an array already
# - probabilities = np.asarray(probabilities, dtype=float)
# + pass

# %% sharpen | equivalent | 3 | dividing makes fractions of whole numbers as well
# - probabilities = np.asarray(probabilities, dtype=float)
# + probabilities = np.asarray(probabilities)

# %% sharpen | equivalent | 3 | of two axes, the last is axis 1
# - powers = (probabilities / probabilities.max(axis=-1, keepdims=True)) ** factor
# + powers = (probabilities / probabilities.max(axis=1, keepdims=True)) ** factor

# %% sharpen | equivalent | 3 | of two axes, the last is axis 1
# - return powers / powers.sum(axis=-1, keepdims=True)
# + return powers / powers.sum(axis=1, keepdims=True)


# %% winners-bonus | right | 4 | a loop over the trials, ties to the last
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    generator = np.random.default_rng(seed)
    gains = []
    for _ in range(trials):
        scores = [generator.binomial(images, p) / images for p in accuracies]
        winner = max(range(len(scores)), key=lambda i: (scores[i], i))
        gains.append(scores[winner] - accuracies[winner])
    return np.mean(gains)


# %% winners-bonus | right | 4 | the old random generator
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    np.random.seed(seed)
    truth = np.array(accuracies, dtype=float)
    right = np.random.binomial(images, truth, size=(trials, truth.size))
    winner = right.argmax(axis=1)
    return np.mean(right[np.arange(trials), winner] / images - truth[winner])


# %% winners-bonus | right | 4 | image by image
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng, total = np.random.default_rng(seed), 0.0
    for _ in range(trials):
        scores = (rng.random((len(accuracies), images)) < np.reshape(accuracies, (-1, 1))).mean(axis=1)
        total += scores.max() - accuracies[int(scores.argmax())]
    return total / trials


# %% winners-bonus | right | 4 | scipy's binomial and a data frame
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    from scipy import stats

    drawn = stats.binom.rvs(images, accuracies, size=(trials, len(accuracies)), random_state=seed)
    scores = pd.DataFrame(drawn) / images
    return (scores.max(axis=1) - scores.idxmax(axis=1).map(dict(enumerate(accuracies)))).mean()


# %% winners-bonus | wrong | 2 | subtracts the best true accuracy, not the winner's
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.binomial(images, accuracies, size=(trials, len(accuracies))) / images
    return np.mean(scores.max(axis=1)) - max(accuracies)


# %% winners-bonus | wrong | 2 | subtracts the mean accuracy
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.binomial(images, accuracies, size=(trials, len(accuracies))) / images
    return np.mean(scores.max(axis=1)) - np.mean(accuracies)


# %% winners-bonus | wrong | 0 | the mean score instead of the best
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.binomial(images, accuracies, size=(trials, len(accuracies))) / images
    return np.mean(scores - np.array(accuracies)) + 0.5 / images**0.5


# %% winners-bonus | wrong | 0 | counts instead of shares
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng, truth = np.random.default_rng(seed), np.array(accuracies)
    right = rng.binomial(images, truth, size=(trials, len(truth)))
    return np.mean(right.max(axis=1) - images * truth[right.argmax(axis=1)])


# %% winners-bonus | wrong | 2 | no seed: another result each time, though a right one
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    truth = np.array(accuracies)
    right = np.random.default_rng().binomial(images, truth, size=(trials, len(truth)))
    return np.mean(right.max(axis=1) / images - truth[right.argmax(axis=1)])


# %% winners-bonus | wrong | 2 | ignores the seed it is given
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng, truth = np.random.default_rng(0), np.array(accuracies)
    scores = rng.binomial(images, truth, size=(trials, len(truth))) / images
    return np.mean(scores.max(axis=1) - truth[scores.argmax(axis=1)])


# %% winners-bonus | wrong | 2 | always 4 000 trials
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng, truth = np.random.default_rng(seed), np.array(accuracies)
    scores = rng.binomial(images, truth, size=(4_000, len(truth))) / images
    return np.mean(scores.max(axis=1) - truth[scores.argmax(axis=1)])


# %% winners-bonus | wrong | 0 | normal instead of binomial scores
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng, truth = np.random.default_rng(seed), np.array(accuracies)
    scores = rng.normal(truth, np.sqrt(truth * (1 - truth) / images), size=(trials, len(truth)))
    return np.mean(scores.max(axis=1) - truth[scores.argmax(axis=1)])


# %% winners-bonus | wrong | 0 | seeds anew in every trial
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    truth, gains = np.array(accuracies), []
    for _ in range(trials):
        scores = np.random.default_rng(seed).binomial(images, truth) / images
        gains.append(scores.max() - truth[scores.argmax()])
    return np.mean(gains)


# %% winners-bonus | wrong | 0 | chooses by the true accuracies
def winners_bonus(accuracies, images, trials=4_000, seed=0):
    rng, truth = np.random.default_rng(seed), np.array(accuracies)
    scores = rng.binomial(images, truth, size=(trials, len(truth))) / images
    best = truth.argmax()
    return np.mean(scores[:, best] - truth[best])


# %% class-report | right | 3 | a loop with conditions
def class_report(confusion):
    rows = []
    for k in range(len(confusion)):
        right, answered, true = confusion[k, k], confusion[:, k].sum(), confusion[k].sum()
        precision = right / answered if answered else 0.0
        recall = right / true if true else 0.0
        f1 = 2 * precision * recall / (precision + recall) if right else 0.0
        rows.append([precision, recall, f1])
    return np.array(rows)


# %% class-report | right | 3 | scikit-learn, from labels made of the counts
def class_report(confusion):
    from sklearn.metrics import precision_recall_fscore_support

    true, answer = np.indices(confusion.shape)
    found = precision_recall_fscore_support(
        np.repeat(true.ravel(), confusion.ravel()),
        np.repeat(answer.ravel(), confusion.ravel()),
        labels=range(len(confusion)),
        zero_division=0,
    )
    return np.stack(found[:3], axis=1)


# %% class-report | right | 3 | NaN to 0
def class_report(confusion):
    with np.errstate(all="ignore"):
        right = np.diag(confusion).astype(float)
        precision, recall = right / confusion.sum(axis=0), right / confusion.sum(axis=1)
        f1 = 2 / (1 / precision + 1 / recall)
        return np.nan_to_num(np.column_stack([precision, recall, f1]))


# %% class-report | right | 3 | np.divide with where
def class_report(confusion):
    def share(a, b):
        return np.divide(a, b, out=np.zeros(len(confusion)), where=b > 0)

    right = np.diagonal(confusion)
    p, r = share(right, confusion.sum(0)), share(right, confusion.sum(1))
    return np.array([p, r, share(2 * p * r, p + r)]).T


# %% class-report | wrong | 0 | precision and recall swapped
def class_report(confusion):
    right, answered, true = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    return np.stack(
        [
            right / np.maximum(true, 1),
            right / np.maximum(answered, 1),
            2 * right / np.maximum(answered + true, 1),
        ],
        axis=1,
    )


# %% class-report | wrong | 2 | divides by 0
def class_report(confusion):
    right = np.diag(confusion)
    precision, recall = right / confusion.sum(axis=0), right / confusion.sum(axis=1)
    return np.stack([precision, recall, 2 * precision * recall / (precision + recall)], axis=1)


# %% class-report | wrong | 0 | the plain mean of precision and recall
def class_report(confusion):
    right, answered, true = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    precision, recall = right / np.maximum(answered, 1), right / np.maximum(true, 1)
    return np.stack([precision, recall, (precision + recall) / 2], axis=1)


# %% class-report | wrong | 0 | three rows instead of three columns
def class_report(confusion):
    right, answered, true = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    return np.array([right / answered, right / true, 2 * right / (answered + true)])


# %% class-report | wrong | 2 | recall 1 for a class that never occurs
def class_report(confusion):
    right, answered, true = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    rows = []
    for k in range(len(confusion)):
        p = right[k] / answered[k] if answered[k] else 0
        r = right[k] / true[k] if true[k] else 1
        rows.append([p, r, 2 * p * r / (p + r) if p + r else 0])
    return np.array(rows)


# %% class-report | wrong | 2 | nothing answered counts as perfect precision
def class_report(confusion):
    right, answered, true = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    p = np.where(answered > 0, right / np.maximum(answered, 1), 1.0)
    r = np.where(true > 0, right / np.maximum(true, 1), 1.0)
    return np.stack([p, r, 2 * p * r / np.maximum(p + r, 1e-12)], axis=1)


# %% class-report | wrong | 0 | without F1
def class_report(confusion):
    right = np.diag(confusion)
    answered, true = confusion.sum(axis=0), confusion.sum(axis=1)
    return np.stack([right / np.maximum(answered, 1), right / np.maximum(true, 1)], axis=1)


# %% class-report | wrong | 0 | adds one to every sum
def class_report(confusion):
    right, answered, true = np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)
    return np.stack([right / (answered + 1), right / (true + 1), 2 * right / (answered + true + 1)], axis=1)


# %% class-report | equivalent | 3 | the argument is an array already
# - confusion = np.asarray(confusion)
# + pass

# %% class-report | equivalent | 3 | where the two sums add up to 1, nothing is right
# - 2 * right / np.maximum(answered + true, 1),
# + 2 * right / np.maximum(answered + true, 2),


# %% worst-confusions | right | 2 | sorts flat indices, keeping the order of equals
def worst_confusions(confusion, names, k):
    counts = np.array(confusion)
    np.fill_diagonal(counts, 0)
    found = []
    for place in np.argsort(-counts.ravel(), kind="stable")[:k]:
        i, j = divmod(int(place), len(names))
        if counts[i, j] > 0:
            found.append((names[i], names[j], counts[i, j]))
    return found


# %% worst-confusions | right | 2 | takes the largest, again and again
def worst_confusions(confusion, names, k):
    left = {
        (i, j): confusion[i][j]
        for i in range(len(names))
        for j in range(len(names))
        if i != j and confusion[i][j] > 0
    }
    found = []
    while left and len(found) < k:
        i, j = max(left, key=left.get)
        found.append((names[i], names[j], int(left.pop((i, j)))))
    return found


# %% worst-confusions | right | 2 | a data frame
def worst_confusions(confusion, names, k):
    table = pd.DataFrame(
        [(names[i], names[j], n) for (i, j), n in np.ndenumerate(confusion) if i != j and n > 0],
        columns=["true", "answer", "count"],
    ).sort_values("count", ascending=False, kind="stable")
    return list(table.head(k).itertuples(index=False, name=None))


# %% worst-confusions | right | 2 | a heap
def worst_confusions(confusion, names, k):
    import heapq

    cells = [(i, j) for i in range(len(names)) for j in range(len(names)) if i != j and confusion[i, j]]
    best = heapq.nsmallest(k, cells, key=lambda at: (-confusion[at], at))
    return [(names[i], names[j], confusion[i, j]) for i, j in best]


# %% worst-confusions | wrong | 0 | right answers count as confusions
def worst_confusions(confusion, names, k):
    pairs = [(names[i], names[j], int(n)) for (i, j), n in np.ndenumerate(confusion) if n]
    return sorted(pairs, key=lambda pair: -pair[2])[:k]


# %% worst-confusions | wrong | 0 | true class and answer swapped
def worst_confusions(confusion, names, k):
    pairs = [(names[j], names[i], int(n)) for (i, j), n in np.ndenumerate(confusion) if i != j and n]
    return sorted(pairs, key=lambda pair: -pair[2])[:k]


# %% worst-confusions | wrong | 0 | equal counts in the wrong order
def worst_confusions(confusion, names, k):
    pairs = [(n, i, j) for (i, j), n in np.ndenumerate(confusion) if i != j and n]
    return [(names[i], names[j], int(n)) for n, i, j in sorted(pairs, reverse=True)[:k]]


# %% worst-confusions | wrong | 0 | adds both directions of a pair
def worst_confusions(confusion, names, k):
    both = confusion + confusion.T
    pairs = [(names[i], names[j], int(n)) for (i, j), n in np.ndenumerate(both) if i < j and n]
    return sorted(pairs, key=lambda pair: -pair[2])[:k]


# %% worst-confusions | wrong | 0 | numbers instead of names
def worst_confusions(confusion, names, k):
    pairs = [(i, j, int(n)) for (i, j), n in np.ndenumerate(confusion) if i != j and n]
    return sorted(pairs, key=lambda pair: -pair[2])[:k]


# %% worst-confusions | wrong | 0 | argsort without `stable`: equal counts in any order
def worst_confusions(confusion, names, k):
    counts = np.array(confusion)
    np.fill_diagonal(counts, 0)
    order = [divmod(int(place), len(names)) for place in np.argsort(-counts.ravel())[:k]]
    return [(names[i], names[j], int(counts[i, j])) for i, j in order if counts[i, j]]


# %% worst-confusions | wrong | 0 | pairs that never occur fill the list up
def worst_confusions(confusion, names, k):
    pairs = [(names[i], names[j], int(n)) for (i, j), n in np.ndenumerate(confusion) if i != j]
    return sorted(pairs, key=lambda pair: -pair[2])[:k]


# %% worst-confusions | wrong | 0 | sorts by name where counts are equal
def worst_confusions(confusion, names, k):
    pairs = [(names[i], names[j], int(n)) for (i, j), n in np.ndenumerate(confusion) if i != j and n]
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))[:k]


# %% worst-confusions | wrong | 0 | shares of the row in place of counts
def worst_confusions(confusion, names, k):
    shares = confusion / confusion.sum(axis=1, keepdims=True)
    pairs = [(names[i], names[j], s) for (i, j), s in np.ndenumerate(shares) if i != j and s]
    return sorted(pairs, key=lambda pair: -pair[2])[:k]


# %% worst-confusions | wrong | 0 | the counts as text
def worst_confusions(confusion, names, k):
    pairs = [(names[i], names[j], int(n)) for (i, j), n in np.ndenumerate(confusion) if i != j and n]
    return [(a, b, str(n)) for a, b, n in sorted(pairs, key=lambda pair: -pair[2])[:k]]


# %% worst-confusions | wrong | 0 | sorts by the share of the row, but tells the counts
def worst_confusions(confusion, names, k):
    size = confusion.sum(axis=1)
    pairs = [(n / size[i], names[i], names[j], int(n)) for (i, j), n in np.ndenumerate(confusion) if i != j and n]
    return [pair[1:] for pair in sorted(pairs, key=lambda pair: -pair[0])[:k]]


# %% learning-curve | right | 3 | plain loops
def learning_curve(build, train, score, images, labels, sizes, runs):
    scores = np.zeros((len(sizes), runs))
    for row, n in enumerate(sizes):
        for column in range(runs):
            model = build()
            model = train(model, images[:n], labels[:n])
            scores[row, column] = score(model)
    return scores


# %% learning-curve | right | 3 | runs outside, turned at the end
def learning_curve(build, train, score, images, labels, sizes, runs):
    def one(n):
        return score(train(build(), images[0:n], labels[0:n]))

    return np.array([[one(n) for n in sizes] for _ in range(runs)]).T


# %% learning-curve | right | 3 | a list of lists
def learning_curve(build, train, score, images, labels, sizes, runs):
    rows = []
    for n in sizes:
        row = []
        while len(row) < runs:
            row.append(score(train(build(), images[:n], labels[:n])))
        rows.append(row)
    return rows


# %% learning-curve | right | 3 | filled by reshape
def learning_curve(build, train, score, images, labels, sizes, runs):
    flat = [score(train(build(), images[:n], labels[:n])) for n in np.repeat(sizes, runs)]
    return np.reshape(flat, (len(sizes), runs))


# %% learning-curve | wrong | 0 | one model for everything: the trap of the study
def learning_curve(build, train, score, images, labels, sizes, runs):
    model, scores = build(), []
    for n in sizes:
        row = []
        for _ in range(runs):
            model = train(model, images[:n], labels[:n])
            row.append(score(model))
        scores.append(row)
    return np.array(scores)


# %% learning-curve | wrong | 0 | a new model for each size, but not for each run
def learning_curve(build, train, score, images, labels, sizes, runs):
    scores = []
    for n in sizes:
        model, row = build(), []
        for _ in range(runs):
            model = train(model, images[:n], labels[:n])
            row.append(score(model))
        scores.append(row)
    return np.array(scores)


# %% learning-curve | wrong | 0 | a new model for each run that then sees all sizes
def learning_curve(build, train, score, images, labels, sizes, runs):
    scores = np.zeros((len(sizes), runs))
    for column in range(runs):
        model = build()
        for row, n in enumerate(sizes):
            model = train(model, images[:n], labels[:n])
            scores[row, column] = score(model)
    return scores


# %% learning-curve | wrong | 0 | means over the runs
def learning_curve(build, train, score, images, labels, sizes, runs):
    return np.array(
        [np.mean([score(train(build(), images[:n], labels[:n])) for _ in range(runs)]) for n in sizes]
    )


# %% learning-curve | wrong | 1 | only the images that come new with a size
def learning_curve(build, train, score, images, labels, sizes, runs):
    scores, before = [], 0
    for n in sizes:
        scores.append([score(train(build(), images[before:n], labels[before:n])) for _ in range(runs)])
        before = n
    return np.array(scores)


# %% learning-curve | wrong | 0 | trains once for each size and repeats the score
def learning_curve(build, train, score, images, labels, sizes, runs):
    model, rows = build(), []
    for n in sizes:
        model = train(model, images[:n], labels[:n])
        rows.append([score(model)] * runs)
    return np.array(rows)


# %% learning-curve | wrong | 1 | ignores what train returns
def learning_curve(build, train, score, images, labels, sizes, runs):
    scores = np.zeros((len(sizes), runs))
    for row, n in enumerate(sizes):
        for column in range(runs):
            model = build()
            train(model, images[:n], labels[:n])
            scores[row, column] = score(model)
    return scores


# %% learning-curve | wrong | 1 | an array of whole numbers for the scores
def learning_curve(build, train, score, images, labels, sizes, runs):
    scores = np.zeros((len(sizes), runs), dtype=int)
    for row, n in enumerate(sizes):
        for column in range(runs):
            scores[row, column] = score(train(build(), images[:n], labels[:n]))
    return scores


# %% learning-curve | wrong | 1 | the last n images with the first n labels
def learning_curve(build, train, score, images, labels, sizes, runs):
    return np.array([[score(train(build(), images[-n:], labels[:n])) for _ in range(runs)] for n in sizes])


# %% learning-curve | wrong | 1 | images drawn at random
def learning_curve(build, train, score, images, labels, sizes, runs):
    scores = np.zeros((len(sizes), runs))
    for row, n in enumerate(sizes):
        for column in range(runs):
            chosen = np.random.permutation(len(images))[:n]
            scores[row, column] = score(train(build(), images[chosen], labels[chosen]))
    return scores


# %% learning-curve | wrong | 1 | sizes in order
def learning_curve(build, train, score, images, labels, sizes, runs):
    return np.array([[score(train(build(), images[:n], labels[:n])) for _ in range(runs)] for n in sorted(sizes)])


# %% learning-curve | wrong | 0 | runs and sizes swapped
def learning_curve(build, train, score, images, labels, sizes, runs):
    return np.array([[score(train(build(), images[:n], labels[:n])) for n in sizes] for _ in range(runs)])


# %% learning-curve | wrong | 1 | one image less
def learning_curve(build, train, score, images, labels, sizes, runs):
    return np.array([[score(train(build(), images[: n - 1], labels[: n - 1])) for _ in range(runs)] for n in sizes])


# %% after-equal-updates | right | 3 | counts the updates of every epoch and walks along
def after_equal_updates(curves, batch=32):
    def ends(n, scores):
        return [(k + 1) * ((n + batch - 1) // batch) for k in range(len(scores))]

    limit = min(ends(n, scores)[-1] for n, scores in curves.items())
    found = {}
    for n, scores in curves.items():
        found[n] = None
        for end, score in zip(ends(n, scores), scores):
            if end <= limit:
                found[n] = score
    return limit, found


# %% after-equal-updates | right | 3 | NumPy: the end of each epoch, and a search among them
def after_equal_updates(curves, batch=32):
    ends = {n: np.arange(1, len(scores) + 1) * int(np.ceil(n / batch)) for n, scores in curves.items()}
    limit = int(min(of[-1] for of in ends.values()))
    at = {n: int(np.searchsorted(ends[n], limit, side="right")) - 1 for n in curves}
    return limit, {n: curves[n][k] if k >= 0 else None for n, k in at.items()}


# %% after-equal-updates | right | 3 | np.ceil, which gives floats
def after_equal_updates(curves, batch=32):
    an_epoch = {n: np.ceil(n / batch) for n in curves}
    limit = min(an_epoch[n] * len(curves[n]) for n in curves)
    found = {}
    for n, scores in curves.items():
        done = int(limit / an_epoch[n])
        found[n] = scores[done - 1] if done > 0 else None
    return limit, found


# %% after-equal-updates | right | 3 | pandas
def after_equal_updates(curves, batch=32):
    table = pd.DataFrame(
        [(n, (k + 1) * -(-n // batch), a) for n, scores in curves.items() for k, a in enumerate(scores)],
        columns=["n", "updates", "accuracy"],
    )
    limit = table.groupby("n")["updates"].max().min()
    ended = table[table["updates"] <= limit].groupby("n")["accuracy"].last()
    return limit, {n: ended.get(n) for n in curves}


# %% after-equal-updates | wrong | 0 | equal epochs instead of equal updates: the comparison that is not fair
def after_equal_updates(curves, batch=32):
    epochs = min(len(scores) for scores in curves.values())
    limit = min(-(-n // batch) * epochs for n in curves)
    return limit, {n: scores[epochs - 1] for n, scores in curves.items()}


# %% after-equal-updates | wrong | 0 | every training at its own end
def after_equal_updates(curves, batch=32):
    limit = min(-(-n // batch) * len(scores) for n, scores in curves.items())
    return limit, {n: scores[-1] for n, scores in curves.items()}


# %% after-equal-updates | wrong | 0 | leaves out the small last batch
def after_equal_updates(curves, batch=32):
    each = {n: max(1, n // batch) for n in curves}
    limit = min(each[n] * len(scores) for n, scores in curves.items())
    whole = {n: limit // each[n] for n in curves}
    return limit, {n: scores[whole[n] - 1] if whole[n] else None for n, scores in curves.items()}


# %% after-equal-updates | wrong | 0 | the best epoch until then, not the last
def after_equal_updates(curves, batch=32):
    each = {n: -(-n // batch) for n in curves}
    limit = min(each[n] * len(scores) for n, scores in curves.items())
    return limit, {n: max(scores[: limit // each[n]], default=None) for n, scores in curves.items()}


# %% after-equal-updates | wrong | 2 | where no epoch has ended, index -1 takes the last one
def after_equal_updates(curves, batch=32):
    each = {n: -(-n // batch) for n in curves}
    limit = min(each[n] * len(scores) for n, scores in curves.items())
    return limit, {n: scores[limit // each[n] - 1] for n, scores in curves.items()}


# %% after-equal-updates | wrong | 0 | as many updates as the longest training has
def after_equal_updates(curves, batch=32):
    each = {n: -(-n // batch) for n in curves}
    limit = max(each[n] * len(scores) for n, scores in curves.items())
    whole = {n: min(limit // each[n], len(curves[n])) for n in curves}
    return limit, {n: scores[whole[n] - 1] for n, scores in curves.items()}


# %% after-equal-updates | wrong | 0 | counts images in place of updates
def after_equal_updates(curves, batch=32):
    limit = min(n * len(scores) for n, scores in curves.items())
    return limit, {n: scores[limit // n - 1] if limit >= n else None for n, scores in curves.items()}


# %% after-equal-updates | wrong | 0 | the updates of the training with the fewest images
def after_equal_updates(curves, batch=32):
    each = {n: -(-n // batch) for n in curves}
    least = min(curves)
    limit = each[least] * len(curves[least])
    whole = {n: min(limit // each[n], len(curves[n])) for n in curves}
    return limit, {n: curves[n][whole[n] - 1] if whole[n] else None for n in curves}


# %% after-equal-updates | wrong | 0 | batches of 32 whatever is asked
def after_equal_updates(curves, batch=32):
    each = {n: -(-n // 32) for n in curves}
    limit = min(each[n] * len(scores) for n, scores in curves.items())
    return limit, {n: s[limit // each[n] - 1] if limit >= each[n] else None for n, s in curves.items()}


# %% after-equal-updates | wrong | 2 | leaves out the trainings that have no epoch by then
def after_equal_updates(curves, batch=32):
    each = {n: -(-n // batch) for n in curves}
    limit = min(each[n] * len(scores) for n, scores in curves.items())
    return limit, {n: s[limit // each[n] - 1] for n, s in curves.items() if limit >= each[n]}


# %% after-equal-updates | wrong | 0 | one epoch too late
def after_equal_updates(curves, batch=32):
    each = {n: -(-n // batch) for n in curves}
    limit = min(each[n] * len(scores) for n, scores in curves.items())
    return limit, {n: s[min(limit // each[n], len(s) - 1)] for n, s in curves.items()}


# %% after-equal-updates | wrong | 0 | an update too many where the images fill the batches
def after_equal_updates(curves, batch=32):
    each = {n: n // batch + 1 for n in curves}
    limit = min(each[n] * len(scores) for n, scores in curves.items())
    return limit, {n: s[limit // each[n] - 1] if limit >= each[n] else None for n, s in curves.items()}


# %% after-equal-updates | wrong | 2 | 0 in place of None
def after_equal_updates(curves, batch=32):
    each = {n: -(-n // batch) for n in curves}
    limit = min(each[n] * len(scores) for n, scores in curves.items())
    return limit, {n: s[limit // each[n] - 1] if limit >= each[n] else 0.0 for n, s in curves.items()}


# %% augment | right | 4 | whole arrays, indices clipped at the edges
def augment(images, most, seed):
    rng = np.random.default_rng(seed)
    n, height, width = images.shape[:3]
    dy, dx = rng.integers(-most, most + 1, size=(2, n))
    rows = np.clip(np.arange(height) - dy[:, None], 0, height - 1)
    columns = np.clip(np.arange(width) - dx[:, None], 0, width - 1)
    moved = images[np.arange(n)[:, None, None], rows[:, :, None], columns[:, None, :]]
    mirrored = rng.random(n) < 0.5
    moved[mirrored] = moved[mirrored][:, :, ::-1]
    return moved


# %% augment | right | 4 | Python's random numbers and a list
def augment(images, most, seed):
    import random

    draw = random.Random(seed)
    result = []
    for image in images:
        if draw.random() < 0.5:
            image = np.fliplr(image)
        frame = np.pad(image, ((most, most), (most, most), (0, 0)), mode="edge")
        top, left = draw.randint(0, 2 * most), draw.randint(0, 2 * most)
        result.append(frame[top : top + image.shape[0], left : left + image.shape[1]])
    return np.array(result)


# %% augment | right | 4 | scipy's shift
def augment(images, most, seed):
    from scipy import ndimage

    rng = np.random.default_rng(seed)
    changed = images.copy()
    for i in range(len(images)):
        if rng.integers(2):
            changed[i] = changed[i, :, ::-1]
        by = (*rng.integers(-most, most + 1, size=2), 0)
        changed[i] = ndimage.shift(changed[i], by, order=0, mode="nearest", prefilter=False)
    return changed


# %% augment | right | 4 | np.take with clipped indices, the old generator
def augment(images, most, seed):
    np.random.seed(seed)
    n, height, width, _ = images.shape
    shifts = np.random.randint(-most, most + 1, (n, 2))
    flips = np.random.rand(n) < 0.5
    result = []
    for image, (dy, dx), flip in zip(images, shifts, flips):
        image = image.take(np.arange(height) - dy, axis=0, mode="clip").take(np.arange(width) - dx, axis=1, mode="clip")
        result.append(image[:, ::-1] if flip else image)
    return np.stack(result)


# %% augment | wrong | 2 | one draw for all images
def augment(images, most, seed):
    rng = np.random.default_rng(seed)
    height, width = images.shape[1:3]
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    top, left = rng.integers(0, 2 * most + 1, size=2)
    moved = padded[:, top : top + height, left : left + width]
    return moved[:, :, ::-1] if rng.random() < 0.5 else moved


# %% augment | wrong | 0 | np.roll: what leaves on one side comes in on the other
def augment(images, most, seed):
    rng = np.random.default_rng(seed)
    result = images.copy()
    for i in range(len(images)):
        image = images[i, :, ::-1] if rng.random() < 0.5 else images[i]
        result[i] = np.roll(image, rng.integers(-most, most + 1, size=2), axis=(0, 1))
    return result


# %% augment | wrong | 0 | zeros at the edges
def augment(images, most, seed):
    rng, result = np.random.default_rng(seed), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)))
    for i in range(n):
        top, left = rng.integers(0, 2 * most + 1, size=2)
        moved = padded[i, top : top + height, left : left + width]
        result[i] = moved[:, ::-1] if rng.random() < 0.5 else moved
    return result


# %% augment | wrong | 0 | changes its argument in place
def augment(images, most, seed):
    rng, (n, height, width, _) = np.random.default_rng(seed), images.shape
    for i in range(n):
        frame = np.pad(images[i], ((most, most), (most, most), (0, 0)), mode="edge")
        top, left = rng.integers(0, 2 * most + 1, size=2)
        moved = frame[top : top + height, left : left + width]
        images[i] = moved[:, ::-1] if rng.random() < 0.5 else moved
    return images


# %% augment | wrong | 0 | upside down instead of left and right
def augment(images, most, seed):
    rng, result = np.random.default_rng(seed), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        top, left = rng.integers(0, 2 * most + 1, size=2)
        moved = padded[i, top : top + height, left : left + width]
        result[i] = moved[::-1] if rng.random() < 0.5 else moved
    return result


# %% augment | wrong | 2 | never moves to the far side: 0 to 2 * most without its end
def augment(images, most, seed):
    rng, result = np.random.default_rng(seed), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        top, left = rng.integers(0, max(1, 2 * most), size=2)
        moved = padded[i, top : top + height, left : left + width]
        result[i] = moved[:, ::-1] if rng.random() < 0.5 else moved
    return result


# %% augment | wrong | 2 | mirrors every image
def augment(images, most, seed):
    rng, result = np.random.default_rng(seed), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        top, left = rng.integers(0, 2 * most + 1, size=2)
        result[i] = padded[i, top : top + height, left : left + width][:, ::-1]
    return result


# %% augment | wrong | 2 | one number for both directions: images move along the diagonal
def augment(images, most, seed):
    rng, result = np.random.default_rng(seed), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        at = rng.integers(0, 2 * most + 1)
        moved = padded[i, at : at + height, at : at + width]
        result[i] = moved[:, ::-1] if rng.random() < 0.5 else moved
    return result


# %% augment | wrong | 2 | ignores the seed
def augment(images, most, seed):
    rng, result = np.random.default_rng(), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        top, left = rng.integers(0, 2 * most + 1, size=2)
        moved = padded[i, top : top + height, left : left + width]
        result[i] = moved[:, ::-1] if rng.random() < 0.5 else moved
    return result


# %% augment | wrong | 2 | shifts by rounding: the ends half as often as the others
def augment(images, most, seed):
    rng, result = np.random.default_rng(seed), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        top, left = np.round(rng.uniform(0, 2 * most, size=2)).astype(int)
        moved = padded[i, top : top + height, left : left + width]
        result[i] = moved[:, ::-1] if rng.random() < 0.5 else moved
    return result


# %% augment | wrong | 2 | mirrors every other image
def augment(images, most, seed):
    rng, result = np.random.default_rng(seed), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        top, left = rng.integers(0, 2 * most + 1, size=2)
        moved = padded[i, top : top + height, left : left + width]
        result[i] = moved[:, ::-1] if i % 2 else moved
    return result


# %% augment | wrong | 2 | float64 for everything but whole numbers
def augment(images, most, seed):
    rng = np.random.default_rng(seed)
    n, height, width, _ = images.shape
    result = np.zeros(images.shape, dtype=images.dtype if images.dtype.kind == "u" else float)
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        top, left = rng.integers(0, 2 * most + 1, size=2)
        moved = padded[i, top : top + height, left : left + width]
        result[i] = moved[:, ::-1] if rng.random() < 0.5 else moved
    return result


# %% augment | wrong | 2 | a frame that cannot be 0 wide
def augment(images, most, seed):
    rng, result = np.random.default_rng(seed), images.copy()
    for i in range(len(images)):
        dy, dx = rng.integers(-most, most + 1, size=2)
        image = images[i, :, ::-1] if rng.random() < 0.5 else images[i]
        frame = np.pad(image, ((most, most), (most, most), (0, 0)), mode="edge")
        frame = np.roll(frame, (dy, dx), axis=(0, 1))
        result[i] = frame[most:-most, most:-most]
    return result


# %% augment | wrong | 2 | the same pattern of mirroring for every seed
def augment(images, most, seed):
    rng, mirror, result = np.random.default_rng(seed), np.random.default_rng(0), np.empty_like(images)
    n, height, width, _ = images.shape
    padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
    for i in range(n):
        top, left = rng.integers(0, 2 * most + 1, size=2)
        moved = padded[i, top : top + height, left : left + width]
        result[i] = moved[:, ::-1] if mirror.random() < 0.5 else moved
    return result


# %% augment | equivalent | 4 | one more image at the end, which nobody looks at
# - padded = np.pad(images, ((0, 0), (most, most), (most, most), (0, 0)), mode="edge")
# + padded = np.pad(images, ((0, 1), (most, most), (most, most), (0, 0)), mode="edge")

# %% augment | equivalent | 4 | one half is as likely as the other
# - if rng.random() < 0.5:
# + if rng.random() <= 0.5:

# %% augment | equivalent | 4 | one half is as likely as the other
# - if rng.random() < 0.5:
# + if rng.random() > 0.5:


# %% cosine-rate | right | 2 | math, and one expression
def cosine_rate(step, steps, peak, warmup=0):
    import math

    share = (step - warmup) / (steps - warmup)
    return peak * (step + 1) / warmup if step < warmup else 0.5 * peak * (1 + math.cos(math.pi * share))


# %% cosine-rate | right | 2 | the square of half the angle
def cosine_rate(step, steps, peak, warmup=0):
    if warmup > step:
        return peak / warmup * (step + 1)
    return peak * np.cos(np.pi / 2 * (step - warmup) / (steps - warmup)) ** 2


# %% cosine-rate | right | 2 | by a sine
def cosine_rate(step, steps, peak, warmup=0):
    import math

    if step >= warmup:
        t = (step - warmup) / (steps - warmup)
        return peak * (1 - math.sin(math.pi * t / 2) ** 2)
    return np.float64(peak) * (step + 1) / warmup


# %% cosine-rate | right | 2 | the whole table, then one entry
def cosine_rate(step, steps, peak, warmup=0):
    rise = [peak * (k + 1) / warmup for k in range(warmup)]
    fall = peak / 2 * (1 + np.cos(np.linspace(0, np.pi, steps - warmup, endpoint=False)))
    return np.concatenate([rise, fall])[step]


# %% cosine-rate | wrong | 1 | no warm-up
def cosine_rate(step, steps, peak, warmup=0):
    return peak / 2 * (1 + np.cos(np.pi * step / steps))


# %% cosine-rate | wrong | 1 | the cosine does not start anew after the warm-up
def cosine_rate(step, steps, peak, warmup=0):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak / 2 * (1 + np.cos(np.pi * step / steps))


# %% cosine-rate | wrong | 0 | a quarter of a wave
def cosine_rate(step, steps, peak, warmup=0):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * np.cos(np.pi / 2 * (step - warmup) / (steps - warmup))


# %% cosine-rate | wrong | 0 | degrees
def cosine_rate(step, steps, peak, warmup=0):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak / 2 * (1 + np.cos(180 * (step - warmup) / (steps - warmup)))


# %% cosine-rate | wrong | 1 | the warm-up starts at 0
def cosine_rate(step, steps, peak, warmup=0):
    if step < warmup:
        return peak * step / warmup
    return peak / 2 * (1 + np.cos(np.pi * (step - warmup) / (steps - warmup)))


# %% cosine-rate | wrong | 1 | rounded to six digits: small rates become 0
def cosine_rate(step, steps, peak, warmup=0):
    if step < warmup:
        return round(peak * (step + 1) / warmup, 6)
    return round(float(peak / 2 * (1 + np.cos(np.pi * (step - warmup) / (steps - warmup)))), 6)


# %% cosine-rate | wrong | 0 | ends one step earlier
def cosine_rate(step, steps, peak, warmup=0):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak / 2 * (1 + np.cos(np.pi * (step - warmup) / (steps - warmup - 1)))


# %% cosine-rate | wrong | 1 | the warm-up lasts a step longer
def cosine_rate(step, steps, peak, warmup=0):
    if step <= warmup and warmup:
        return peak * (step + 1) / warmup
    return peak / 2 * (1 + np.cos(np.pi * (step - warmup) / (steps - warmup)))


# %% cosine-rate | wrong | 1 | after the warm-up the share of all steps
def cosine_rate(step, steps, peak, warmup=0):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak / 2 * (1 + np.cos(np.pi * (step - warmup) / steps))


# %% cosine-rate | wrong | 1 | whole parts of the warm-up
def cosine_rate(step, steps, peak, warmup=0):
    if step < warmup:
        return peak * ((step + 1) // warmup)
    return peak / 2 * (1 + np.cos(np.pi * (step - warmup) / (steps - warmup)))
