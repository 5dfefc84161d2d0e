# Answers to the autograded questions of mnist-mlp, right and wrong, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% count-parameters | right | 2 | a loop instead of a sum
def count_parameters(sizes):
    total = 0
    for i in range(1, len(sizes)):
        total += (sizes[i - 1] + 1) * sizes[i]
    return total


# %% count-parameters | right | 2 | numpy, which gives a numpy integer
def count_parameters(sizes):
    sizes = np.array(sizes)
    return (sizes[:-1] * sizes[1:]).sum() + sizes[1:].sum()


# %% count-parameters | wrong | 0 | forgets the biases
def count_parameters(sizes):
    return sum(m * n for m, n in zip(sizes[:-1], sizes[1:]))


# %% count-parameters | wrong | 0 | gives the input a bias as well
def count_parameters(sizes):
    return sum(m * n for m, n in zip(sizes[:-1], sizes[1:])) + sum(sizes)


# %% count-parameters | wrong | 0 | counts the first and the last layer only
def count_parameters(sizes):
    return (sizes[0] + 1) * sizes[1] + (sizes[1] + 1) * sizes[-1]


# %% count-parameters | wrong | 0 | prints the number instead of returning it
def count_parameters(sizes):
    print(sum(m * n + n for m, n in zip(sizes[:-1], sizes[1:])))


# %% count-parameters | wrong | 0 | one bias for each layer instead of one for each unit
def count_parameters(sizes):
    return sum(m * n + 1 for m, n in zip(sizes[:-1], sizes[1:]))


# %% count-parameters | wrong | 0 | only two or three sizes
def count_parameters(sizes):
    total = sizes[0] * sizes[1] + sizes[1]
    if len(sizes) > 2:
        total += sizes[1] * sizes[2] + sizes[2]
    return total


# %% count-parameters | equivalent | 2 | zip ends with the shorter of the two, so that the last size has no partner
# - return sum(inputs * units + units for inputs, units in zip(sizes[:-1], sizes[1:]))
# + return sum(inputs * units + units for inputs, units in zip(sizes[:], sizes[1:]))


# %% confusion-matrix | right | 3 | a plain loop
def confusion_matrix(labels, predictions, classes):
    counts = np.zeros((classes, classes), dtype=int)
    for true, answer in zip(labels, predictions):
        counts[true, answer] += 1
    return counts


# %% confusion-matrix | right | 3 | counts pairs with bincount
def confusion_matrix(labels, predictions, classes):
    return np.bincount(labels * classes + predictions, minlength=classes**2).reshape(classes, classes)


# %% confusion-matrix | right | 3 | one-hot matrices multiplied
def confusion_matrix(labels, predictions, classes):
    return (np.eye(classes)[labels].T @ np.eye(classes)[predictions]).astype(int)


# %% confusion-matrix | right | 3 | nested lists
def confusion_matrix(labels, predictions, classes):
    counts = [[0] * classes for _ in range(classes)]
    for i in range(len(labels)):
        counts[labels[i]][predictions[i]] += 1
    return counts


# %% confusion-matrix | wrong | 0 | rows and columns swapped
def confusion_matrix(labels, predictions, classes):
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (predictions, labels), 1)
    return counts


# %% confusion-matrix | wrong | 0 | plain indexing adds 1 only once for a pair that occurs often
def confusion_matrix(labels, predictions, classes):
    counts = np.zeros((classes, classes), dtype=int)
    counts[labels, predictions] += 1
    return counts


# %% confusion-matrix | wrong | 0 | shares instead of counts
def confusion_matrix(labels, predictions, classes):
    counts = np.zeros((classes, classes))
    np.add.at(counts, (labels, predictions), 1)
    return counts / np.maximum(1, counts.sum(axis=1, keepdims=True))


# %% confusion-matrix | wrong | 2 | only as many classes as occur
def confusion_matrix(labels, predictions, classes):
    found = max(labels.max(), predictions.max()) + 1 if len(labels) else 0
    counts = np.zeros((found, found), dtype=int)
    np.add.at(counts, (labels, predictions), 1)
    return counts


# %% confusion-matrix | wrong | 0 | counts only the right answers
def confusion_matrix(labels, predictions, classes):
    return np.diag(np.bincount(labels[labels == predictions], minlength=classes))


# %% confusion-matrix | wrong | 2 | histogram2d without a range
def confusion_matrix(labels, predictions, classes):
    return np.histogram2d(labels, predictions, bins=classes)[0].astype(int)


# %% confusion-matrix | wrong | 1 | counts in eight bits, which overflow
def confusion_matrix(labels, predictions, classes):
    counts = np.zeros((classes, classes), dtype=np.uint8)
    np.add.at(counts, (labels, predictions), 1)
    return counts


# %% confusion-matrix | equivalent | 3 | whole numbers stored as floats are the same counts
# - counts = np.zeros((classes, classes), dtype=int)
# + counts = np.zeros((classes, classes))


# %% silent-outputs | right | 2 | a loop that skips classes without images
def silent_outputs(model, images, labels):
    outputs = np.asarray(model(images))
    silent = []
    for k in range(outputs.shape[1]):
        own = outputs[labels == k, k]
        if len(own) and (own > 0).sum() < 0.05 * len(own):
            silent.append(k)
    return silent


# %% silent-outputs | right | 2 | by pandas, from each image's own output
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    own = pd.Series(outputs[np.arange(len(labels)), labels] > 0).groupby(labels).mean()
    return sorted(own[own < 0.05].index)


# %% silent-outputs | right | 2 | numpy integers in an array
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return np.array([k for k in np.unique(labels) if np.mean(outputs[labels == k][:, k] > 0) < 0.05])


# %% silent-outputs | wrong | 0 | asks for outputs that are zero on every image of every class
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [k for k in range(outputs.shape[1]) if not (outputs[:, k] > 0).any()]


# %% silent-outputs | wrong | 0 | looks at all images instead of the class's own
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [k for k in range(outputs.shape[1]) if (outputs[:, k] > 0).mean() < 0.05]


# %% silent-outputs | wrong | 0 | lists classes without images as silent
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [
        k
        for k in range(outputs.shape[1])
        if (outputs[labels == k, k] > 0).sum() <= 0.05 * (labels == k).sum()
    ]


# %% silent-outputs | wrong | 0 | lists the living outputs
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [k for k in range(outputs.shape[1]) if (outputs[labels == k, k] > 0).mean() >= 0.05]


# %% silent-outputs | wrong | 0 | classes that are never answered, which is the consequence and not the cause
def silent_outputs(model, images, labels):
    answers = model.predict(images, verbose=0).argmax(axis=1)
    return sorted(set(labels.tolist()) - set(answers.tolist()))


# %% silent-outputs | wrong | 0 | never above zero, instead of on fewer than 5 %
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [
        k for k in range(outputs.shape[1]) if (labels == k).any() and not (outputs[labels == k, k] > 0).any()
    ]


# %% silent-outputs | wrong | 0 | 5 % included
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [k for k in np.unique(labels).tolist() if np.mean(outputs[labels == k, k] > 0) <= 0.05]


# %% silent-outputs | wrong | 0 | the mean output is below 0.05
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [k for k in np.unique(labels).tolist() if np.mean(outputs[labels == k, k]) < 0.05]


# %% silent-outputs | wrong | 0 | from the largest class down: not sorted
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [k for k in reversed(np.unique(labels).tolist()) if np.mean(outputs[labels == k, k] > 0) < 0.05]


# %% silent-outputs | wrong | 0 | 10 % instead of 5
def silent_outputs(model, images, labels):
    outputs = model.predict(images, verbose=0)
    return [k for k in np.unique(labels).tolist() if np.mean(outputs[labels == k, k] > 0) < 0.1]


# %% predicted-plateau | right | 3 | adds up the two groups of images
def predicted_plateau(outputs, labels, silent):
    answers = outputs.argmax(axis=1)
    correct = 0
    for answer, label in zip(answers, labels):
        if label not in silent or answer == label:
            correct += 1
    return correct / len(labels)


# %% predicted-plateau | right | 3 | one minus the share that is certainly lost
def predicted_plateau(outputs, labels, silent):
    lost = np.isin(labels, silent) & (outputs.argmax(axis=1) != labels)
    return 1 - lost.mean()


# %% predicted-plateau | wrong | 2 | forgets that a silent class can still be right
def predicted_plateau(outputs, labels, silent):
    return 1 - np.isin(labels, silent).mean()


# %% predicted-plateau | wrong | 0 | ten points for each class, however many images it has
def predicted_plateau(outputs, labels, silent):
    return 1 - 0.1 * len(silent)


# %% predicted-plateau | wrong | 0 | the accuracy of the model as it is
def predicted_plateau(outputs, labels, silent):
    return np.mean(outputs.argmax(axis=1) == labels)


# %% predicted-plateau | wrong | 0 | the share that is lost instead of the accuracy
def predicted_plateau(outputs, labels, silent):
    return np.mean(np.isin(labels, silent))


# %% predicted-plateau | wrong | 0 | in per cent
def predicted_plateau(outputs, labels, silent):
    lost = np.isin(labels, silent) & (outputs.argmax(axis=1) != labels)
    return 100 * (1 - lost.mean())


# %% predicted-plateau | wrong | 0 | adds the shares, so that right images of living classes count twice
def predicted_plateau(outputs, labels, silent):
    return np.mean(outputs.argmax(axis=1) == labels) + np.mean(~np.isin(labels, silent))


# %% predicted-plateau | wrong | 2 | only a silent 0 may be right
def predicted_plateau(outputs, labels, silent):
    lost = [k for k in silent if k != 0]
    return 1 - np.isin(labels, lost).mean()


# %% softmax | right | 3 | shifts each row by its largest logit, in steps
def softmax(z):
    result = np.empty(z.shape)
    for i, row in enumerate(z):
        e = np.exp(row - max(row))
        result[i] = e / sum(e)
    return result


# %% softmax | right | 3 | from logarithms
def softmax(z):
    top = z.max(axis=1)[:, None]
    return np.exp(z - top - np.log(np.exp(z - top).sum(axis=1))[:, None])


# %% softmax | right | 3 | works in place, in float32
def softmax(z):
    z = np.array(z, dtype="float32")
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    return z


# %% softmax | wrong | 2 | overflows on large logits
def softmax(z):
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)


# %% softmax | wrong | 0 | divides by the sum over the whole array
def softmax(z):
    powers = np.exp(z - z.max())
    return powers / powers.sum()


# %% softmax | wrong | 0 | sums over the images instead of the classes
def softmax(z):
    powers = np.exp(z - z.max(axis=0))
    return powers / powers.sum(axis=0)


# %% softmax | wrong | 0 | divides the logits themselves by their sum
def softmax(z):
    return z / z.sum(axis=1, keepdims=True)


# %% softmax | wrong | 2 | subtracts the largest logit of the whole array, so that small rows underflow
def softmax(z):
    powers = np.exp(z - z.max())
    return powers / powers.sum(axis=1, keepdims=True)


# %% softmax | wrong | 0 | sigmoid, scaled to sum to 1
def softmax(z):
    s = 1 / (1 + np.exp(-z))
    return s / s.sum(axis=1, keepdims=True)


# %% softmax | wrong | 2 | clips the logits
def softmax(z):
    e = np.exp(np.clip(z, -500, 500))
    return e / e.sum(axis=1, keepdims=True)


# %% softmax | wrong | 2 | subtracts the mean of each row
def softmax(z):
    e = np.exp(z - z.mean(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


# %% softmax | wrong | 2 | divides large logits by 10
def softmax(z):
    if np.abs(z).max() > 700:
        z = z / 10
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)


# %% softmax | wrong | 2 | fills an array of the logits' type, whole numbers for whole numbers
def softmax(z):
    result = np.zeros_like(z)
    for i in range(len(z)):
        e = np.exp(z[i] - z[i].max())
        result[i] = e / e.sum()
    return result


# %% cross-entropy | right | 2 | a sum over one-hot rows
def cross_entropy(probabilities, labels):
    targets = np.eye(probabilities.shape[1])[labels]
    return np.mean(-(targets * np.log(probabilities)).sum(axis=1))


# %% cross-entropy | right | 2 | a loop
def cross_entropy(probabilities, labels):
    total = 0.0
    for row, label in zip(probabilities, labels):
        total -= np.log(row[label])
    return total / len(labels)


# %% cross-entropy | right | 2 | Keras's loss, which gives a tensor
def cross_entropy(probabilities, labels):
    return keras.losses.SparseCategoricalCrossentropy()(labels, probabilities)


# %% cross-entropy | wrong | 0 | the sum instead of the mean
def cross_entropy(probabilities, labels):
    return -np.sum(np.log(probabilities[np.arange(len(labels)), labels]))


# %% cross-entropy | wrong | 0 | forgets the minus sign
def cross_entropy(probabilities, labels):
    return np.mean(np.log(probabilities[np.arange(len(labels)), labels]))


# %% cross-entropy | wrong | 0 | logarithm to base 10
def cross_entropy(probabilities, labels):
    return -np.mean(np.log10(probabilities[np.arange(len(labels)), labels]))


# %% cross-entropy | wrong | 0 | uses the largest probability instead of the right class's
def cross_entropy(probabilities, labels):
    return -np.mean(np.log(probabilities.max(axis=1)))


# %% cross-entropy | wrong | 0 | selects whole rows instead of one entry in each
def cross_entropy(probabilities, labels):
    return -np.mean(np.log(probabilities[:, labels]))


# %% cross-entropy | wrong | 0 | the log of the mean
def cross_entropy(probabilities, labels):
    return -np.log(np.mean(probabilities[np.arange(len(labels)), labels]))


# 20 seeds: reference 0.40 to 0.66, a network that does not learn 0.04 to 0.15, threshold 0.25
# %% build-repaired | right | 3 | layers added one by one, activations as layers, objects instead of names
def build_repaired():
    model = keras.Sequential()
    model.add(keras.Input((28, 28)))
    model.add(keras.layers.Reshape((784,)))
    model.add(keras.layers.Dense(32))
    model.add(keras.layers.ReLU())
    model.add(keras.layers.Dense(10))
    model.add(keras.layers.Softmax())
    model.compile(keras.optimizers.Adam(), keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    return model


# %% build-repaired | right | 3 | the functional interface
def build_repaired():
    image = keras.Input(shape=(28, 28))
    hidden = keras.layers.Dense(32, activation="relu")(keras.layers.Flatten()(image))
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(hidden))
    model.compile(
        optimizer=keras.optimizers.Adam(),
        loss="sparse_categorical_crossentropy",
        metrics=[keras.metrics.SparseCategoricalAccuracy(name="accuracy")],
    )
    return model


# %% build-repaired | right | 3 | metric as an object
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation=keras.activations.relu),
            keras.layers.Dense(10, activation=keras.activations.softmax),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=0.001),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=False),
        metrics=[keras.metrics.SparseCategoricalAccuracy()],
    )
    return model


# %% build-repaired | right | 3 | nested models
def build_repaired():
    hidden = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, "relu"),
        ]
    )
    model = keras.Sequential([hidden, keras.layers.Dense(10, "softmax")])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["acc"])
    return model


# %% build-repaired | wrong | 0 | keeps the ReLU on the output
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="relu"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-repaired | wrong | 2 | keeps the squared error, which spreads whole-number labels over all outputs
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="mean_squared_error", metrics=["accuracy"])
    return model


# %% build-repaired | wrong | 1 | forgets the activation of the hidden layer; what is left does train
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-repaired | wrong | 0 | forgets the return
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])


# %% build-repaired | wrong | 0 | forgets to compile
def build_repaired():
    return keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )


# %% build-repaired | wrong | 0 | the loss for one-hot labels
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(9, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-repaired | wrong | 2 | one model for all calls, which goes on where the last training ended
repaired_once = keras.Sequential(
    [
        keras.Input(shape=(28, 28)),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
repaired_once.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])


def build_repaired():
    return repaired_once


# %% build-repaired | wrong | 2 | RMSprop instead of Adam
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-repaired | wrong | 2 | SGD as in the base
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(0.1), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# %% build-repaired | wrong | 2 | Adam, but not with its usual rate
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


# %% build-repaired | wrong | 1 | ReLU cut off at 6
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu6"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


# %% build-repaired | wrong | 2 | no accuracy among the metrics
def build_repaired():
    model = keras.Sequential(
        [
            keras.Input(shape=(28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


# %% widest | right | 2 | by search
def widest(budget, inputs, outputs):
    width = 0
    while (inputs + 1) * (width + 1) + (width + 2) * outputs <= budget:
        width += 1
    return width


# %% widest | right | 2 | through floats and int
def widest(budget, inputs, outputs):
    if budget < outputs:
        return 0
    return int((budget - outputs) / (inputs + outputs + 1))


# %% widest | wrong | 0 | forgets the biases of the hidden layer
def widest(budget, inputs, outputs):
    return max(0, (budget - outputs) // (inputs + outputs))


# %% widest | wrong | 0 | rounds up
def widest(budget, inputs, outputs):
    return max(0, -(-(budget - outputs) // (inputs + 1 + outputs)))


# %% widest | wrong | 0 | forgets the output biases
def widest(budget, inputs, outputs):
    return budget // (inputs + 1 + outputs)


# %% widest | wrong | 0 | returns a negative width when nothing fits
def widest(budget, inputs, outputs):
    return (budget - outputs) // (inputs + 1 + outputs)


# %% widest | wrong | 0 | a float
def widest(budget, inputs, outputs):
    return max(0, (budget - outputs) / (inputs + 1 + outputs))


# %% widest | wrong | 0 | below the budget instead of at most
def widest(budget, inputs, outputs):
    return max(0, (budget - outputs - 1) // (inputs + 1 + outputs))
