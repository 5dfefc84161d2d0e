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
