"""How long Keras's backends take for a step of two recorded convolutional networks on this machine's processor.

`make bench` runs this. Each figure is measured as `coursekit reproduce` trains: a process for each core, each with one
thread, all at the same time; milliseconds are those of the whole machine for one batch. Exit status 1 if a backend that
is installed is more than a tenth faster than TensorFlow, on which the course depends. PyTorch is measured where it is
installed (`pip install torch`), JAX comes with the extra `test`.
"""

import importlib.util
import math
import os
import subprocess
import sys
import time

NETWORKS, BACKENDS = ("F9", "G1"), ("tensorflow", "jax", "torch")
STEPS, BATCH = 96, 32
THREADS = {"TF_NUM_INTRAOP_THREADS": "1", "OMP_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}


def main() -> int:
    installed = [name for name in BACKENDS if importlib.util.find_spec(name)]
    slower = False
    rate = flops_per_second()
    for network in NETWORKS:
        print(f"{network}, a batch of {BATCH}; the matrix products alone would take ", end="")
        print(f"{1000 * products(network) / rate:.1f} ms on one core at {rate / 1e9:.0f} GFLOP/s")
        took = {name: step_seconds(name, network) for name in installed}
        for name in BACKENDS:
            if name in took:
                ratio = took[name] / took["tensorflow"]
                print(f"  {name:<11}{1000 * took[name]:7.1f} ms   {ratio:4.2f} times TensorFlow's")
            else:
                print(f"  {name:<11}not installed")
        slower |= min(took.values()) < 0.9 * took["tensorflow"]
    return int(slower)


def step_seconds(backend: str, network: str) -> float:
    """Seconds for one batch, all cores at work on batches of their own."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count())
    variables = {**os.environ, **THREADS, "KERAS_BACKEND": backend}
    command = [sys.executable, __file__, "--time", network]
    running = [
        subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE)
        for _ in cores
    ]
    said = [process.communicate() for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError(f"{backend} failed on {network}:\n{said[0][1]}")
    each = [float(out.split()[-1]) for out, _ in said]
    return sum(each) / len(each) / len(each)


def time_one(network: str) -> float:
    """Seconds of one batch in this process, as the difference between a longer and a shorter training."""
    import keras
    import numpy as np

    from coursekit.record import claims, reproduce

    rng = np.random.default_rng(0)
    x, y = rng.random((STEPS * BATCH, 32, 32, 3), dtype=np.float32), rng.integers(0, 10, STEPS * BATCH)
    model = reproduce.build(
        {**claims.protocols()[network], "loss": "sparse_categorical_crossentropy"}, x.shape[1:]
    )
    if keras.backend.backend() != "torch":
        model.steps_per_execution = 32  # as `replicate` does

    def seconds(steps: int) -> float:
        started = time.perf_counter()
        model.fit(x[: steps * BATCH], y[: steps * BATCH], batch_size=BATCH, verbose=0)
        return time.perf_counter() - started

    seconds(32)
    return min((seconds(STEPS) - seconds(32)) / (STEPS - 32) for _ in range(3))


def products(network: str) -> int:
    """Floating-point operations of one batch's matrix products: forward and both gradients."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    from coursekit.record import claims, reproduce

    total = 0
    for layer in reproduce.build(claims.protocols()[network], (32, 32, 3)).layers:
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense):
            total += math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)
    return 3 * 2 * total * BATCH


def flops_per_second() -> float:
    """The rate of one core's matrix products, measured with one thread."""
    code = (
        "import time, numpy as np; a = np.ones((2048, 2048), np.float32); t = []\n"
        "for _ in range(5): s = time.perf_counter(); a @ a; t.append(time.perf_counter() - s)\n"
        "print(2 * 2048**3 / min(t))"
    )
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--time"]:
        print(time_one(sys.argv[2]))
    else:
        sys.exit(main())
