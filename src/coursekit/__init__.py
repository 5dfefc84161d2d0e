"""Helpers for a course on image classification with neural networks.

Learners import ``coursekit.data``, ``training``, ``plots``, ``checks`` and ``profiles``; instructors and CI
also use ``coursekit.staff``. Submodules load when they are first used, so that importing the package costs
nothing.
"""

import importlib
import logging
import os

__version__ = "0.1.0"

# TensorFlow reads this when it loads; its start-up notes would fill the first cell of every notebook.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# It also warns when many models are used in one process, which is what a course does, and nbgrader gives no points
# to a cell that warns.
logging.getLogger("tensorflow").addFilter(lambda record: "retracing" not in str(record.msg))

_MODULES = ("checks", "data", "doctor", "plots", "profiles", "training")


def __getattr__(name: str):
    if name in _MODULES:
        return importlib.import_module(f"coursekit.{name}")
    raise AttributeError(f"module 'coursekit' has no attribute {name!r}; it has {', '.join(_MODULES)}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
