"""Progress bars for long work: per epoch, per notebook, per download."""

import os
import sys

from tqdm import tqdm


def track(iterable=None, *, total: int | None = None, desc: str = "", unit: str = "it") -> tqdm:
    """A tqdm bar over `iterable`, or over `total` steps that the caller reports with `.update(n)`.

    It shows when somebody is watching: at a terminal or in a live notebook. It stays silent in CI (variable
    CI), when COURSEKIT_PROGRESS is "off", and where stderr goes into a file or a pipe. A finished bar
    disappears. Use "B" as the unit for bytes: they are then shown as kB and MB.
    """
    notebook = _in_notebook()
    return tqdm(
        iterable,
        total=total,
        desc=desc,
        unit=unit,
        unit_scale=unit == "B",
        leave=False,
        dynamic_ncols=True,
        # A notebook frames stderr in red, as if something had gone wrong.
        file=sys.stdout if notebook else sys.stderr,
        disable=not _watched(notebook),
    )


def _watched(notebook: bool) -> bool:
    if os.environ.get("CI") or os.environ.get("COURSEKIT_PROGRESS") == "off":
        return False
    return notebook or (sys.stderr is not None and sys.stderr.isatty())


def _in_notebook() -> bool:
    """Whether this process is a Jupyter kernel. IPython is not imported to find out."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None
