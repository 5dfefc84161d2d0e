# Answers to the autograded questions of how-networks-learn, right and wrong, each with the points that it deserves and why.
# They prove that the test cells accept what is right, however it is written, and reject what students get wrong.
# Never released: students get notebooks/ through nbgrader, not tests/.

# %% dense-relu | right | 2 | a mask instead of a maximum
def dense_relu(x, weights, bias):
    sums = x @ weights + bias
    return sums * (sums > 0)


# %% dense-relu | right | 2 | loops over inputs and units
def dense_relu(x, weights, bias):
    outputs = np.zeros((len(x), len(bias)))
    for i, row in enumerate(x):
        for unit in range(len(bias)):
            outputs[i, unit] = max(0, np.dot(row, weights[:, unit]) + bias[unit])
    return outputs


# %% dense-relu | right | 2 | with tensors
def dense_relu(x, weights, bias):
    return tf.nn.relu(tf.matmul(x, weights) + bias)


# %% dense-relu | wrong | 0 | forgets the bend
def dense_relu(x, weights, bias):
    return x @ weights + bias


# %% dense-relu | wrong | 0 | forgets the bias
def dense_relu(x, weights, bias):
    return np.maximum(0, x @ weights)


# %% dense-relu | wrong | 0 | adds the bias after the bend
def dense_relu(x, weights, bias):
    return np.maximum(0, x @ weights) + bias


# %% dense-relu | wrong | 0 | takes the absolute value
def dense_relu(x, weights, bias):
    return np.abs(x @ weights + bias)


# %% dense-relu | wrong | 0 | prints instead of returning
def dense_relu(x, weights, bias):
    print(np.maximum(0, x @ weights + bias))


# %% one-step | right | 2 | a loop
def one_step(parameters, gradients, learning_rate):
    moved = []
    for i in range(len(parameters)):
        moved.append(parameters[i] - learning_rate * gradients[i])
    return moved


# %% one-step | right | 2 | map, as a list
def one_step(parameters, gradients, learning_rate):
    return list(map(lambda p, g: np.subtract(p, np.multiply(learning_rate, g)), parameters, gradients))


# %% one-step | right | 2 | in place, and returned, as a tuple
def one_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g
    return tuple(parameters)


# %% one-step | wrong | 0 | uphill
def one_step(parameters, gradients, learning_rate):
    return [p + learning_rate * g for p, g in zip(parameters, gradients)]


# %% one-step | wrong | 0 | forgets the learning rate
def one_step(parameters, gradients, learning_rate):
    return [p - g for p, g in zip(parameters, gradients)]


# %% one-step | wrong | 0 | changes the arguments and returns nothing
def one_step(parameters, gradients, learning_rate):
    for p, g in zip(parameters, gradients):
        p -= learning_rate * g


# %% one-step | wrong | 0 | returns only the steps
def one_step(parameters, gradients, learning_rate):
    return [-learning_rate * g for g in gradients]


# %% one-step | wrong | 0 | steps of equal length, by the sign of the slope alone
def one_step(parameters, gradients, learning_rate):
    return [p - learning_rate * np.sign(g) for p, g in zip(parameters, gradients)]


# %% squared-error-gradient | right | 2 | the size from the shape
def squared_error_gradient(outputs, targets):
    return (outputs - targets) * 2 / np.prod(outputs.shape)


# %% squared-error-gradient | right | 2 | by a tape
def squared_error_gradient(outputs, targets):
    outputs = tf.Variable(outputs)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((outputs - targets) ** 2)
    return tape.gradient(loss, outputs)


# %% squared-error-gradient | right | 2 | entry by entry
def squared_error_gradient(outputs, targets):
    slopes = np.zeros_like(outputs)
    for at in np.ndindex(outputs.shape):
        slopes[at] = 2 / outputs.size * (outputs[at] - targets[at])
    return slopes


# %% squared-error-gradient | wrong | 0 | forgets the 2
def squared_error_gradient(outputs, targets):
    return (outputs - targets) / outputs.size


# %% squared-error-gradient | wrong | 0 | of the sum instead of the mean
def squared_error_gradient(outputs, targets):
    return 2 * (outputs - targets)


# %% squared-error-gradient | wrong | 0 | divides by the number of rows
def squared_error_gradient(outputs, targets):
    return 2 * (outputs - targets) / len(outputs)


# %% squared-error-gradient | wrong | 0 | the wrong way round
def squared_error_gradient(outputs, targets):
    return 2 * (targets - outputs) / outputs.size


# %% squared-error-gradient | wrong | 0 | the error itself, one number
def squared_error_gradient(outputs, targets):
    return np.mean((outputs - targets) ** 2)


# %% dense-relu-backward | right | 3 | copies and sets to 0
def dense_relu_backward(x, weights, bias, d_output):
    d_sums = np.array(d_output)
    d_sums[x @ weights + bias <= 0] = 0
    return d_sums.dot(weights.T), x.T.dot(d_sums), np.sum(d_sums, axis=0)


# %% dense-relu-backward | right | 3 | one input after another, as a list
def dense_relu_backward(x, weights, bias, d_output):
    d_x, d_weights, d_bias = np.zeros(x.shape), np.zeros(weights.shape), np.zeros(bias.shape)
    for i, row in enumerate(x):
        passed = np.where(row @ weights + bias > 0, d_output[i], 0)
        d_x[i] = weights @ passed
        d_weights += np.outer(row, passed)
        d_bias += passed
    return [d_x, d_weights, d_bias]


# %% dense-relu-backward | right | 3 | by a tape
def dense_relu_backward(x, weights, bias, d_output):
    values = [tf.Variable(value) for value in (x, weights, bias)]
    with tf.GradientTape() as tape:
        output = tf.nn.relu(values[0] @ values[1] + values[2])
    return tuple(np.asarray(slopes) for slopes in tape.gradient(output, values, output_gradients=d_output))


# %% dense-relu-backward | wrong | 1 | forgets the bend on the way back
def dense_relu_backward(x, weights, bias, d_output):
    return d_output @ weights.T, x.T @ d_output, d_output.sum(axis=0)


# %% dense-relu-backward | wrong | 1 | looks at the derivative's sign instead of the sum's
def dense_relu_backward(x, weights, bias, d_output):
    d_sums = d_output * (x @ weights + bias > -10)
    d_sums = d_sums * (x @ weights > 0)
    return d_sums @ weights.T, x.T @ d_sums, d_sums.sum(axis=0)


# %% dense-relu-backward | wrong | 0 | clips the derivative, as ReLU does with values
def dense_relu_backward(x, weights, bias, d_output):
    d_sums = np.maximum(0, d_output)
    return d_sums @ weights.T, x.T @ d_sums, d_sums.sum(axis=0)


# %% dense-relu-backward | wrong | 0 | the mean over the inputs instead of the sum
def dense_relu_backward(x, weights, bias, d_output):
    d_sums = d_output * (x @ weights + bias > 0)
    return d_sums @ weights.T, x.T @ d_sums / len(x), d_sums.mean(axis=0)


# %% dense-relu-backward | wrong | 0 | keeps the derivative by the bias for each input
def dense_relu_backward(x, weights, bias, d_output):
    d_sums = d_output * (x @ weights + bias > 0)
    return d_sums @ weights.T, x.T @ d_sums, d_sums


# %% dense-relu-backward | wrong | 0 | in another order
def dense_relu_backward(x, weights, bias, d_output):
    d_sums = d_output * (x @ weights + bias > 0)
    return x.T @ d_sums, d_sums.sum(axis=0), d_sums @ weights.T


# %% he-weights | right | 2 | a standard normal, scaled
def he_weights(rng, inputs, units):
    return rng.standard_normal((inputs, units)) * (2 / inputs) ** 0.5


# %% he-weights | right | 2 | drawn unit by unit
def he_weights(rng, inputs, units):
    return np.column_stack([rng.normal(scale=np.sqrt(2 / inputs), size=inputs) for _ in range(units)])


# %% he-weights | wrong | 0 | the variance in place of the standard deviation
def he_weights(rng, inputs, units):
    return rng.normal(0, 2 / inputs, size=(inputs, units))


# %% he-weights | wrong | 0 | counts the units
def he_weights(rng, inputs, units):
    return rng.normal(0, np.sqrt(2 / units), size=(inputs, units))


# %% he-weights | wrong | 0 | Glorot's rule
def he_weights(rng, inputs, units):
    return rng.normal(0, np.sqrt(2 / (inputs + units)), size=(inputs, units))


# %% he-weights | wrong | 0 | rows and columns swapped
def he_weights(rng, inputs, units):
    return rng.normal(0, np.sqrt(2 / inputs), size=(units, inputs))


# %% he-weights | wrong | 0 | uniform, with the right standard deviation
def he_weights(rng, inputs, units):
    limit = np.sqrt(6 / inputs)
    return rng.uniform(-limit, limit, size=(inputs, units))


# %% he-weights | wrong | 0 | a generator of its own, always with the same seed
def he_weights(rng, inputs, units):
    return np.random.default_rng(0).normal(0, np.sqrt(2 / inputs), size=(inputs, units))


# %% numerical-gradient | right | 3 | a loop over copies
def numerical_gradient(function, point, step=1e-4):
    slopes = []
    for i in range(len(point)):
        up, down = point.copy(), point.copy()
        up[i] += step
        down[i] -= step
        slopes.append((function(up) - function(down)) / (2 * step))
    return slopes


# %% numerical-gradient | right | 3 | moves one array and moves it back
def numerical_gradient(function, point, step=1e-4):
    gradient, moved = np.zeros(len(point)), np.array(point)
    for i, before in enumerate(point):
        moved[i] = before + step
        gradient[i] = function(moved)
        moved[i] = before - step
        gradient[i] = (gradient[i] - function(moved)) / step / 2
        moved[i] = before
    return gradient


# %% numerical-gradient | wrong | 2 | a difference to one side only
def numerical_gradient(function, point, step=1e-4):
    return np.array([(function(point + step * e) - function(point)) / step for e in np.eye(len(point))])


# %% numerical-gradient | wrong | 0 | divides by one step
def numerical_gradient(function, point, step=1e-4):
    return np.array([
        (function(point + step * e) - function(point - step * e)) / step for e in np.eye(len(point))
    ])


# %% numerical-gradient | wrong | 0 | moves all entries at once: one number
def numerical_gradient(function, point, step=1e-4):
    return (function(point + step) - function(point - step)) / (2 * step)


# %% numerical-gradient | wrong | 0 | a step of its own, so small that rounding takes over
def numerical_gradient(function, point, step=1e-4):
    h = 1e-15
    return np.array([(function(point + h * e) - function(point - h * e)) / (2 * h) for e in np.eye(len(point))])


# %% numerical-gradient | wrong | 0 | the differences without the division
def numerical_gradient(function, point, step=1e-4):
    return np.array([function(point + step * e) - function(point - step * e) for e in np.eye(len(point))])


# %% dense-relu-backward | equivalent | 3 | where a sum is exactly 0 the bend has no derivative, and either side's will do
# - d_sums = d_output * (x @ weights + bias > 0)
# + d_sums = d_output * (x @ weights + bias >= 0)
