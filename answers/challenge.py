# Answers to the autograded questions of challenge, right and wrong, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% base-width | right | 3 | asks Keras for each width
def base_width(budget, factors, channels=1):
    for w in range(1, 1_000):
        before, count = channels, 0
        for factor in factors:
            convolution = keras.layers.Conv2D(factor * w, 3, use_bias=False)
            convolution.build((None, 8, 8, before))
            before = factor * w
            count += convolution.count_params() + 4 * before
        if count + 10 * before + 10 > budget:
            return w - 1


# %% base-width | right | 3 | bisection
def base_width(budget, factors, channels=1):
    def fits(w):
        total, before = 10, channels
        for factor in factors:
            total += factor * w * (9 * before + 4)
            before = factor * w
        return total + 10 * before <= budget

    low, high = 0, 10_000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


# %% base-width | right | 3 | the quadratic formula, then a correction
def base_width(budget, factors, channels=1):
    def count(w):
        widths = [channels] + [f * w for f in factors]
        return sum(9 * a * b + 4 * b for a, b in zip(widths, widths[1:])) + 10 * widths[-1] + 10

    square = 9 * sum(a * b for a, b in zip(factors, factors[1:]))
    linear = 9 * channels * factors[0] + 4 * sum(factors) + 10 * factors[-1]
    if budget < count(1):
        return 0
    if square == 0:
        return (budget - 10) // linear
    w = int((-linear + np.sqrt(linear**2 + 4 * square * (budget - 10))) / (2 * square))
    while count(w + 1) <= budget:
        w += 1
    while count(w) > budget:
        w -= 1
    return w


# %% base-width | right | 3 | numpy arrays
def base_width(budget, factors, channels=1):
    w = np.arange(0, 20_000)
    widths = [np.full_like(w, channels)] + [f * w for f in factors]
    total = 10 * widths[-1] + 10
    for a, b in zip(widths[:-1], widths[1:]):
        total = total + 9 * a * b + 4 * b
    return int(np.searchsorted(total, budget, side="right") - 1) if budget >= 10 else 0


# %% base-width | wrong | 0 | forgets batch normalization
def base_width(budget, factors, channels=1):
    w = 0
    while True:
        widths = [channels] + [f * (w + 1) for f in factors]
        if sum(9 * a * b for a, b in zip(widths, widths[1:])) + 10 * widths[-1] + 10 > budget:
            return w
        w += 1


# %% base-width | wrong | 0 | two numbers a channel in batch normalization: only those that are trained
def base_width(budget, factors, channels=1):
    w = 0
    while True:
        widths = [channels] + [f * (w + 1) for f in factors]
        kernels = sum(9 * a * b for a, b in zip(widths, widths[1:]))
        if kernels + 2 * sum(widths[1:]) + 10 * widths[-1] + 10 > budget:
            return w
        w += 1


# %% base-width | wrong | 0 | the first width that does not fit
def base_width(budget, factors, channels=1):
    w = 0
    while True:
        w += 1
        widths = [channels] + [f * w for f in factors]
        kernels = sum(9 * a * b for a, b in zip(widths, widths[1:]))
        if kernels + 4 * sum(widths[1:]) + 10 * widths[-1] + 10 > budget:
            return w


# %% base-width | wrong | 2 | a budget that is used up exactly does not fit
def base_width(budget, factors, channels=1):
    w = 0
    while True:
        widths = [channels] + [f * (w + 1) for f in factors]
        kernels = sum(9 * a * b for a, b in zip(widths, widths[1:]))
        if kernels + 4 * sum(widths[1:]) + 10 * widths[-1] + 10 >= budget:
            return w
        w += 1


# %% base-width | wrong | 0 | a float, from the largest term alone
def base_width(budget, factors, channels=1):
    pairs = sum(a * b for a, b in zip(factors, factors[1:]))
    return (budget / (9 * max(pairs, 1))) ** 0.5


# %% base-width | wrong | 2 | forgets the bias of the dense layer
def base_width(budget, factors, channels=1):
    w = 0
    while True:
        widths = [channels] + [f * (w + 1) for f in factors]
        if sum(9 * a * b + 4 * b for a, b in zip(widths, widths[1:])) + 10 * widths[-1] > budget:
            return w
        w += 1


# %% base-width | wrong | 1 | tries no more than 100
def base_width(budget, factors, channels=1):
    best = 0
    for w in range(1, 101):
        widths = [channels] + [f * w for f in factors]
        if sum(9 * a * b + 4 * b for a, b in zip(widths, widths[1:])) + 10 * widths[-1] + 10 <= budget:
            best = w
    return best


# %% base-width | wrong | 0 | grey images whatever is asked
def base_width(budget, factors, channels=1):
    w = 0
    while True:
        widths = [1] + [f * (w + 1) for f in factors]
        if sum(9 * a * b + 4 * b for a, b in zip(widths, widths[1:])) + 10 * widths[-1] + 10 > budget:
            return w
        w += 1


# %% base-width | wrong | 2 | at least 1
def base_width(budget, factors, channels=1):
    w = 1
    while True:
        widths = [channels] + [f * (w + 1) for f in factors]
        if sum(9 * a * b + 4 * b for a, b in zip(widths, widths[1:])) + 10 * widths[-1] + 10 > budget:
            return w
        w += 1


# %% base-width | wrong | 0 | a convolution with biases
def base_width(budget, factors, channels=1):
    w = 0
    while True:
        widths = [channels] + [f * (w + 1) for f in factors]
        if sum(9 * a * b + 5 * b for a, b in zip(widths, widths[1:])) + 10 * widths[-1] + 10 > budget:
            return w
        w += 1


# %% base-width | wrong | 0 | a float
def base_width(budget, factors, channels=1):
    w = 0.0
    while True:
        widths = [channels] + [f * (w + 1) for f in factors]
        if sum(9 * a * b + 4 * b for a, b in zip(widths, widths[1:])) + 10 * widths[-1] + 10 > budget:
            return w
        w += 1


# %% base-width | equivalent | 3 | a product does not depend on the order of its factors
# - kernels = sum(9 * a * b for a, b in zip(widths, widths[1:]))
# + kernels = sum(9 * a * b for a, b in zip(widths[1:], widths))


# %% for-raw-pixels | right | 2 | the functional way
def for_raw_pixels(model, mean, spread):
    pixels = keras.Input(shape=model.input_shape[1:])
    prepared = keras.layers.Rescaling(1 / spread, offset=-mean / spread)(pixels)
    return keras.Model(pixels, model(prepared))


# %% for-raw-pixels | right | 2 | two rescalings, one after the other
def for_raw_pixels(model, mean, spread):
    whole = keras.Sequential()
    whole.add(keras.Input(shape=model.input_shape[1:]))
    whole.add(keras.layers.Rescaling(1.0, offset=-mean))
    whole.add(keras.layers.Rescaling(1 / spread))
    whole.add(model)
    return whole


# %% for-raw-pixels | right | 2 | Normalization with given statistics
def for_raw_pixels(model, mean, spread):
    pixels = keras.Input(model.input_shape[1:])
    scaled = keras.layers.Normalization(axis=None, mean=mean, variance=spread**2)(pixels)
    return keras.Model(inputs=pixels, outputs=model(scaled))


# %% for-raw-pixels | right | 2 | operators
def for_raw_pixels(model, mean, spread):
    pixels = keras.Input(shape=model.input_shape[1:])
    return keras.Model(pixels, model((pixels - mean) / spread))


# %% for-raw-pixels | wrong | 0 | forgets to divide the offset
def for_raw_pixels(model, mean, spread):
    shape = model.input_shape[1:]
    return keras.Sequential([keras.Input(shape), keras.layers.Rescaling(1 / spread, offset=-mean), model])


# %% for-raw-pixels | wrong | 0 | adds the mean
def for_raw_pixels(model, mean, spread):
    shape = model.input_shape[1:]
    return keras.Sequential([keras.Input(shape), keras.layers.Rescaling(1 / spread, offset=mean / spread), model])


# %% for-raw-pixels | wrong | 0 | divides by 255, as always
def for_raw_pixels(model, mean, spread):
    shape = model.input_shape[1:]
    return keras.Sequential([keras.Input(shape), keras.layers.Rescaling(1 / 255), model])


# %% for-raw-pixels | wrong | 0 | a batch normalization, which adds parameters and knows no mean
def for_raw_pixels(model, mean, spread):
    shape = model.input_shape[1:]
    return keras.Sequential([keras.Input(shape), keras.layers.BatchNormalization(), model])


# %% for-raw-pixels | wrong | 1 | only for grey images of 28 x 28
def for_raw_pixels(model, mean, spread):
    rescaling = keras.layers.Rescaling(1 / spread, offset=-mean / spread)
    return keras.Sequential([keras.Input((28, 28)), rescaling, model])


# %% for-raw-pixels | wrong | 0 | a function, not a model
def for_raw_pixels(model, mean, spread):
    return lambda images: model((images - mean) / spread)


# %% for-raw-pixels | wrong | 0 | a Lambda layer
def for_raw_pixels(model, mean, spread):
    shape = model.input_shape[1:]
    return keras.Sequential([keras.Input(shape), keras.layers.Lambda(lambda x: (x - mean) / spread), model])


# %% for-raw-pixels | wrong | 0 | a class of its own
def for_raw_pixels(model, mean, spread):
    class Raw(keras.Model):
        def call(self, x):
            return model((x - mean) / spread)

    raw = Raw()
    raw(np.zeros((1, *model.input_shape[1:]), "float32"))
    return raw


# %% for-raw-pixels | wrong | 0 | the network again, with fresh weights
def for_raw_pixels(model, mean, spread):
    shape = model.input_shape[1:]
    inner = keras.models.clone_model(model)
    return keras.Sequential([keras.Input(shape), keras.layers.Rescaling(1 / spread, offset=-mean / spread), inner])


# %% for-raw-pixels | wrong | 0 | standardizes by the square of the spread
def for_raw_pixels(model, mean, spread):
    shape = model.input_shape[1:]
    standard = keras.layers.Normalization(axis=None, mean=mean, variance=spread)
    return keras.Sequential([keras.Input(shape), standard, model])


# %% for-raw-pixels | wrong | 0 | scales behind the network
def for_raw_pixels(model, mean, spread):
    shape = model.input_shape[1:]
    return keras.Sequential([keras.Input(shape), model, keras.layers.Rescaling(1 / spread, offset=-mean / spread)])


# %% for-raw-pixels | wrong | 0 | the model itself
def for_raw_pixels(model, mean, spread):
    return model


# %% run-until | right | 3 | a loop that is left
def run_until(seconds, step, clock):
    begin, durations = clock(), []
    while True:
        before = clock()
        passed = before - begin
        if seconds <= 0 or passed + max(durations, default=0) > seconds:
            return len(durations)
        step(passed / seconds)
        durations.append(clock() - before)


# %% run-until | right | 3 | the deadline, and the first step apart
def run_until(seconds, step, clock):
    if not seconds > 0:
        return 0
    begin = clock()
    step(0.0)
    made, longest = 1, clock() - begin
    while clock() + longest <= begin + seconds:
        before = clock()
        step((before - begin) / seconds)
        longest = max(longest, clock() - before)
        made += 1
    return made


# %% run-until | right | 3 | a list of times
def run_until(seconds, step, clock):
    times = [clock()]
    while seconds > 0:
        longest = max(np.diff(times), default=0)
        if times[-1] - times[0] + longest > seconds:
            break
        step((times[-1] - times[0]) / seconds)
        times.append(clock())
    return len(times) - 1


# %% run-until | right | 3 | recursion
def run_until(seconds, step, clock):
    start = clock()

    def go(now, longest, made):
        if seconds <= 0 or (now - start) + longest > seconds:
            return made
        step((now - start) / seconds)
        after = clock()
        return go(after, max(longest, after - now), made + 1)

    return go(start, 0.0, 0)


# %% run-until | wrong | 0 | begins as long as any time is left
def run_until(seconds, step, clock):
    begin, made = clock(), 0
    while clock() - begin < seconds:
        step((clock() - begin) / seconds)
        made += 1
    return made


# %% run-until | wrong | 1 | as long as the last step, not the longest
def run_until(seconds, step, clock):
    begin = before = clock()
    last = made = 0
    while seconds > 0 and before - begin + last <= seconds:
        step((before - begin) / seconds)
        made += 1
        last, before = clock() - before, clock()
    return made


# %% run-until | wrong | 0 | seconds that have passed in place of the share
def run_until(seconds, step, clock):
    begin, longest, made = clock(), 0, 0
    while clock() - begin + longest <= seconds:
        before = clock()
        step(before - begin)
        longest, made = max(longest, clock() - before), made + 1
    return made


# %% run-until | wrong | 0 | a number of steps from the first one, and no look at the clock after that
def run_until(seconds, step, clock):
    begin = clock()
    step(0.0)
    planned = int(seconds / (clock() - begin))
    for k in range(1, planned):
        step(k / planned)
    return planned


# %% run-until | wrong | 0 | forgets to return
def run_until(seconds, step, clock):
    start = now = clock()
    longest = 0
    while seconds > 0 and now - start + longest <= seconds:
        step((now - start) / seconds)
        longest, now = max(longest, clock() - now), clock()


# %% run-until | wrong | 0 | a clock of its own
def run_until(seconds, step, clock):
    start, steps = time.process_time(), 0
    while time.process_time() - start < min(seconds, 0.2):
        step((time.process_time() - start) / seconds)
        steps += 1
    return steps


# %% run-until | wrong | 1 | ending exactly in time counts as late
def run_until(seconds, step, clock):
    start = now = clock()
    longest = steps = 0
    while seconds > 0 and (steps == 0 or now - start + longest < seconds):
        step((now - start) / seconds)
        before, now = now, clock()
        longest = max(longest, now - before)
        steps += 1
    return steps


# %% run-until | wrong | 1 | the mean of the steps
def run_until(seconds, step, clock):
    start = now = clock()
    steps = 0
    while seconds > 0 and (steps == 0 or (now - start) * (steps + 1) / steps <= seconds):
        step((now - start) / seconds)
        now = clock()
        steps += 1
    return steps


# %% run-until | wrong | 1 | makes the first step even without time
def run_until(seconds, step, clock):
    start = now = clock()
    longest = steps = 0
    while steps == 0 or now - start + longest <= seconds:
        step((now - start) / seconds if seconds else 0.0)
        before, now = now, clock()
        longest = max(longest, now - before)
        steps += 1
    return steps


# %% run-until | wrong | 1 | takes for granted that the first step lasts a second
def run_until(seconds, step, clock):
    start = now = clock()
    longest, steps = 1.0, 0
    while now - start + longest <= seconds:
        step((now - start) / seconds)
        before, now = now, clock()
        longest = max(longest, now - before)
        steps += 1
    return steps


# %% run-until | wrong | 2 | the share at the end of the step
def run_until(seconds, step, clock):
    start = now = clock()
    longest = steps = 0
    while seconds > 0 and now - start + longest <= seconds:
        step((now - start + longest) / seconds)
        before, now = now, clock()
        longest = max(longest, now - before)
        steps += 1
    return steps


# %% run-until | wrong | 1 | counts from 0 on the clock
def run_until(seconds, step, clock):
    now = clock()
    longest = steps = 0
    while seconds > 0 and now + longest <= seconds:
        step(now / seconds)
        before, now = now, clock()
        longest = max(longest, now - before)
        steps += 1
    return steps


# %% steadiness | right | 2 | loops
def steadiness(predicted, y):
    copies, images = len(predicted), len(y)
    right = [[predicted[c][i] == y[i] for i in range(images)] for c in range(copies)]
    mean = sum(map(sum, right)) / (copies * images)
    always = sum(all(right[c][i] for c in range(copies)) for i in range(images)) / images
    classes = {
        k: [right[c][i] for c in range(copies) for i in range(images) if y[i] == k] for k in set(y.tolist())
    }
    return mean, always, min(sum(answers) / len(answers) for answers in classes.values())


# %% steadiness | right | 2 | pandas
def steadiness(predicted, y):
    right = pd.DataFrame(predicted == y[None, :])
    by_image = right.mean()
    return by_image.mean(), (by_image == 1).mean(), by_image.groupby(np.asarray(y)).mean().min()


# %% steadiness | right | 2 | an array of the three
def steadiness(predicted, y):
    right = np.equal(predicted, y[np.newaxis])
    shares = right.mean(axis=0)
    sums, counts = np.bincount(y, weights=shares), np.bincount(y)
    return np.array([shares.mean(), np.prod(right, axis=0).mean(), (sums[counts > 0] / counts[counts > 0]).min()])


# %% steadiness | right | 2 | min over the copies
def steadiness(predicted, y):
    right = (predicted == y).astype("float32")
    worst = 1.0
    for label in set(y.tolist()):
        worst = min(worst, float(right[:, y == label].mean()))
    return [float(right.mean()), float(right.min(axis=0).mean()), worst]


# %% steadiness | wrong | 1 | the share of copies that are right on every image
def steadiness(predicted, y):
    right = predicted == y
    return right.mean(), right.all(axis=1).mean(), min(right[:, y == k].mean() for k in set(y.tolist()))


# %% steadiness | wrong | 1 | right in any copy
def steadiness(predicted, y):
    right = predicted == y
    return right.mean(), right.any(axis=0).mean(), min(right[:, y == k].mean() for k in set(y.tolist()))


# %% steadiness | wrong | 1 | the classes that were predicted, in place of the true ones
def steadiness(predicted, y):
    right = predicted == y
    worst = min(right[predicted == k].mean() for k in np.unique(predicted))
    return right.mean(), right.all(axis=0).mean(), worst


# %% steadiness | wrong | 1 | a class that does not occur counts as 0
def steadiness(predicted, y):
    right = predicted == y
    worst = min(right[:, y == k].mean() if (y == k).any() else 0.0 for k in range(10))
    return right.mean(), right.all(axis=0).mean(), worst


# %% steadiness | wrong | 1 | the number of the worst class
def steadiness(predicted, y):
    right = predicted == y
    worst = min(set(y.tolist()), key=lambda k: right[:, y == k].mean())
    return right.mean(), right.all(axis=0).mean(), worst


# %% steadiness | wrong | 1 | only the digits 0 to 9
def steadiness(predicted, y):
    right = predicted == y
    worst = min(right[:, y == k].mean() for k in range(10) if (y == k).any())
    return right.mean(), right.all(axis=0).mean(), worst


# %% steadiness | wrong | 1 | the worst class of the worst copy
def steadiness(predicted, y):
    right = predicted == y
    worst = min(row[y == k].mean() for row in right for k in np.unique(y))
    return right.mean(), right.all(axis=0).mean(), worst


# %% steadiness | wrong | 1 | the mean over the classes
def steadiness(predicted, y):
    right = predicted == y
    by_class = [right[:, y == k].mean() for k in np.unique(y)]
    return np.mean(by_class), right.all(axis=0).mean(), min(by_class)


# %% steadiness | wrong | 1 | images right in all copies, for the worst class as well
def steadiness(predicted, y):
    right = predicted == y
    always = right.all(axis=0)
    return right.mean(), always.mean(), min(always[y == k].mean() for k in np.unique(y))


# %% steadiness | wrong | 0 | numbers of images in place of shares
def steadiness(predicted, y):
    right = predicted == y
    return right.sum(), right.all(axis=0).sum(), min(right[:, y == k].sum() for k in np.unique(y))


# %% steadiness | wrong | 1 | images on which all copies agree, right or wrong
def steadiness(predicted, y):
    right = predicted == y
    agree = (predicted == predicted[0]).all(axis=0)
    return right.mean(), agree.mean(), min(right[:, y == k].mean() for k in np.unique(y))


# %% mnist-challenge | right | 8 | strides in place of poolings, and fit with a callback that looks at the clock
leaderboard_name = "Ada L."
mnist_budget = {"parameters": 7_000, "seconds": 200}


class ByTheClock(keras.callbacks.Callback):
    def __init__(self, seconds):
        super().__init__()
        self.seconds, self.begin = seconds, None

    def on_train_batch_end(self, batch, logs=None):
        now = time.process_time()
        self.begin = self.begin or now
        share = min(1, (now - self.begin) / self.seconds)
        self.model.optimizer.learning_rate = 0.01 * (1 - share) + 1e-5
        self.model.stop_training = share == 1


def mnist_challenge(x_train, y_train, seconds):
    pixels = keras.Input((28, 28))
    maps = keras.layers.Reshape((28, 28, 1))(keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels))
    for width, stride in ((12, 2), (16, 1), (24, 2)):
        maps = keras.layers.Conv2D(width, 3, strides=stride, padding="same")(maps)
        maps = keras.layers.BatchNormalization(momentum=0.8)(maps)
        maps = keras.layers.ReLU()(maps)
    maps = keras.layers.GlobalAveragePooling2D()(maps)
    model = keras.Model(pixels, keras.layers.Dense(10, activation="softmax")(maps))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x_train, y_train, batch_size=64, epochs=10_000, verbose=0, callbacks=[ByTheClock(seconds)])
    return model


# %% mnist-challenge | right | 8 | scales outside, and puts the scaling around the trained network
leaderboard_name = ""
mnist_budget = {"parameters": 8_000, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    inner = keras.Sequential([keras.Input((28, 28)), keras.layers.Reshape((28, 28, 1))])
    for width, pool in ((8, 2), (16, 2), (32, 1)):
        inner.add(keras.layers.Conv2D(width, 3, padding="same"))
        inner.add(keras.layers.BatchNormalization(momentum=0.8))
        inner.add(keras.layers.ReLU())
        inner.add(keras.layers.MaxPooling2D(pool))
    inner.add(keras.layers.GlobalMaxPooling2D())
    inner.add(keras.layers.Dense(10, activation="softmax"))
    inner.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    mean, spread = x_train.mean(), x_train.std()
    scaled = ((x_train - mean) / spread).astype("float32")
    begin = None
    while begin is None or time.process_time() - begin < seconds:
        chosen = np.random.randint(len(scaled), size=64)
        inner.train_on_batch(scaled[chosen], y_train[chosen])
        begin = begin or time.process_time()
    outer = keras.Sequential([keras.Input((28, 28)), keras.layers.Rescaling(1 / spread, offset=-mean / spread), inner])
    outer.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return outer


# %% mnist-challenge | wrong | 0 | not trained
leaderboard_name = ""
mnist_budget = {"parameters": 8_000, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax", kernel_initializer="zeros"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


# %% mnist-challenge | wrong | 7 | no convolution, and 4 x 4 coarse pixels
leaderboard_name = ""
mnist_budget = {"parameters": 170, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.AveragePooling2D(7),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        chosen = np.random.randint(len(x_train), size=64)
        model.train_on_batch(x_train[chosen], y_train[chosen])
    return model


# %% mnist-challenge | wrong | 0 | more parameters than the challenge allows
leaderboard_name = ""
mnist_budget = {"parameters": 54_410, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Reshape((28, 28, 1)),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.train_on_batch(x_train[:100], y_train[:100])
    return model


# %% mnist-challenge | wrong | 0 | more parameters than stated
leaderboard_name = ""
mnist_budget = {"parameters": 1_000, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x_train, y_train, epochs=3, verbose=0)
    return model


# %% mnist-challenge | wrong | 0 | states more seconds than there are
leaderboard_name = ""
mnist_budget = {"parameters": 8_000, "seconds": 100_000}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x_train, y_train, epochs=3, verbose=0)
    return model


# %% mnist-challenge | wrong | 0 | trains as long as it likes
leaderboard_name = ""
mnist_budget = {"parameters": 8_000, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    begin = time.process_time()
    while time.process_time() - begin < 9 * seconds:  # another epoch, and another
        model.fit(x_train, y_train, batch_size=500, verbose=0)
        time.sleep(2)
    return model


# %% mnist-challenge | wrong | 0 | scales the pixels outside, and returns a network that expects them scaled
leaderboard_name = ""
mnist_budget = {"parameters": 8_000, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([keras.Input((28, 28)), keras.layers.Reshape((28, 28, 1))])
    for width in (8, 16, 32):
        model.add(keras.layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False))
        model.add(keras.layers.BatchNormalization(momentum=0.8))
        model.add(keras.layers.ReLU())
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    model.train_on_batch(x_train[:64] / 255, y_train[:64])
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        chosen = np.random.randint(len(x_train), size=64)
        model.train_on_batch(x_train[chosen] / 255, y_train[chosen])
    return model


# %% mnist-challenge | wrong | 0 | returns the history
leaderboard_name = ""
mnist_budget = {"parameters": 8_000, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model.fit(x_train, y_train, epochs=2, verbose=0)


# %% mnist-challenge | wrong | 0 | nine classes, as the labels go from 0 to 9
leaderboard_name = ""
mnist_budget = {"parameters": 8_000, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(9, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    return model


# %% mnist-challenge | wrong | 0 | a rate so high that the weights are no numbers any more
leaderboard_name = ""
mnist_budget = {"parameters": 8_000, "seconds": 300}


def mnist_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((28, 28)),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.SGD(1e30), loss="mean_squared_error")
    model.fit(x_train, keras.utils.to_categorical(y_train), epochs=1, verbose=0)
    return model


# %% cifar10-challenge | right | 8 | strides, every other image mirrored, and a rate by the clock
leaderboard_name = "c-10"
cifar10_budget = {"parameters": 70_000, "seconds": 250}


def cifar10_challenge(x_train, y_train, seconds):
    model = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Rescaling(1 / 127.5, offset=-1)])
    for width in (24, 48, 96):
        model.add(keras.layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False))
        model.add(keras.layers.BatchNormalization(momentum=0.8))
        model.add(keras.layers.ReLU())
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(10, activation="softmax"))
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    begin = None
    while begin is None or time.process_time() - begin < seconds:
        chosen = np.random.randint(len(x_train), size=64)
        images = x_train[chosen]
        images[::2] = images[::2, :, ::-1]
        share = (time.process_time() - begin) / seconds if begin else 0
        model.optimizer.learning_rate = 0.006 * (1 - min(share, 1)) + 1e-5
        model.train_on_batch(images, y_train[chosen])
        begin = begin or time.process_time()
    return model


# %% cifar10-challenge | right | 8 | fit, one short epoch after another, as long as the next one ends in time
leaderboard_name = ""
cifar10_budget = {"parameters": 200_000, "seconds": 300}


def cifar10_challenge(x_train, y_train, seconds):
    pixels = keras.Input((32, 32, 3))
    maps = keras.layers.Rescaling(1 / 255)(pixels)
    for width in (16, 32, 64):
        maps = keras.layers.Conv2D(width, 3, padding="same")(maps)
        maps = keras.layers.MaxPooling2D()(maps)
        maps = keras.layers.BatchNormalization(momentum=0.8)(maps)
        maps = keras.layers.ReLU()(maps)
    answers = keras.layers.Dense(10, activation="softmax")(keras.layers.GlobalAveragePooling2D()(maps))
    model = keras.Model(pixels, answers)
    model.compile(optimizer=keras.optimizers.Adam(0.004), loss="sparse_categorical_crossentropy")
    model.fit(x_train[:500], y_train[:500], batch_size=50, verbose=0)
    begin, longest = time.process_time(), 0
    while time.process_time() - begin + longest < seconds:
        before = time.process_time()
        chosen = np.random.permutation(len(x_train))[:500]
        model.fit(x_train[chosen], y_train[chosen], batch_size=50, verbose=0)
        longest = max(longest, time.process_time() - before)
    return model


# %% cifar10-challenge | wrong | 0 | more parameters than the challenge allows
leaderboard_name = ""
cifar10_budget = {"parameters": 550_000, "seconds": 300}


def cifar10_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((32, 32, 3)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(32, 3, activation="relu"),
        keras.layers.MaxPooling2D(4),
        keras.layers.Flatten(),
        keras.layers.Dense(256, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.train_on_batch(x_train[:100], y_train[:100])
    return model


# %% cifar10-challenge | wrong | 7 | knows the mean colour only
leaderboard_name = ""
cifar10_budget = {"parameters": 40, "seconds": 300}


def cifar10_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((32, 32, 3)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer=keras.optimizers.Adam(0.05), loss="sparse_categorical_crossentropy")
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        chosen = np.random.randint(len(x_train), size=64)
        model.train_on_batch(x_train[chosen], y_train[chosen])
    return model


# %% cifar10-challenge | wrong | 0 | counts only what is trained, and forgets the moving statistics
leaderboard_name = ""
cifar10_budget = {"parameters": 868, "seconds": 300}


def cifar10_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((32, 32, 3)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(22, 3, strides=4, use_bias=False),
        keras.layers.BatchNormalization(),
        keras.layers.ReLU(),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.train_on_batch(x_train[:100], y_train[:100])
    return model


# %% cifar10-challenge | wrong | 0 | returns a function that predicts
leaderboard_name = ""
cifar10_budget = {"parameters": 200_000, "seconds": 300}


def cifar10_challenge(x_train, y_train, seconds):
    mean = x_train.mean(axis=0)
    return lambda images: np.eye(10)[np.zeros(len(images), int)] + 0 * mean.sum()


# %% cifar10-challenge | wrong | 0 | sigmoids, which are no probabilities of classes that exclude each other
leaderboard_name = ""
cifar10_budget = {"parameters": 200_000, "seconds": 300}


def cifar10_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((32, 32, 3)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="sigmoid"),
    ])
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(x_train, keras.utils.to_categorical(y_train), epochs=1, verbose=0)
    return model


# %% cifar10-challenge | wrong | 0 | for images that have been made flat
leaderboard_name = ""
cifar10_budget = {"parameters": 200_000, "seconds": 300}


def cifar10_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((3072,)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x_train.reshape(-1, 3072), y_train, epochs=1, verbose=0)
    return model


# %% cifar10-challenge | wrong | 0 | a name that no leaderboard can show
leaderboard_name = "<b>the winner</b>"
cifar10_budget = {"parameters": 200_000, "seconds": 300}


def cifar10_challenge(x_train, y_train, seconds):
    model = keras.Sequential([
        keras.Input((32, 32, 3)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x_train, y_train, epochs=2, verbose=0)
    return model
