"""Run a notebook's cells in this process as a Jupyter kernel would, and keep what they show."""

import contextlib
import io
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

# Of what one cell shows, as much is kept as a page can show.
MAX_TEXT = 100_000
MAX_OUTPUT = 5_000_000
TOO_MUCH = "\n... (more was printed than is kept)\n"


@dataclass
class Ran:
    """How a cell ran: its outputs as nbformat keeps them, what it raised, and the value of its last line."""

    outputs: list[dict[str, Any]] = field(default_factory=list)
    error: BaseException | None = None
    value: Any = None
    seconds: float = 0.0


class _Compiler(CachingCompiler):
    name = "cell"

    def get_code_name(self, raw_code, transformed_code, number):
        return self.name


class _Hook(DisplayHook):
    shell: "Shell"

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.show("execute_result", format_dict, md_dict or {})

    def finish_displayhook(self):
        pass


class _Publisher(DisplayPublisher):
    shell: "Shell"

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self.shell.show("display_data", data, metadata or {})

    def clear_output(self, wait=False):
        self.shell.ran.outputs.clear()


class _Stream(io.TextIOBase):
    """sys.stdout or sys.stderr while a cell runs."""

    def __init__(self, shell: "Shell", name: str) -> None:
        self._shell, self._name = shell, name

    encoding = "utf-8"

    def writable(self):
        return True

    def write(self, text):
        self._shell.print(self._name, text)
        return len(text)


class Shell(InteractiveShell):
    """IPython without a terminal and without a kernel: `run` returns what a cell showed."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    compiler_class = Type(_Compiler)
    compile: _Compiler

    def __init__(self, **kwargs):
        self.ran = Ran()
        self._room = 0
        config = Config()
        # History keeps a database and a thread, which would not survive a fork.
        config.HistoryManager.enabled = False
        super().__init__(config=config, **kwargs)
        self._transformers = list(self.input_transformers_cleanup), list(self.input_transformers_post)

    def run(self, source: str, name: str = "cell") -> Ran:
        """Execute a cell; `name` is what tracebacks call it."""
        self.ran, self._room = Ran(), MAX_OUTPUT
        self.compile.name = name
        # What one cell has hooked into the running of cells ends with it.
        self.input_transformers_cleanup[:], self.input_transformers_post[:] = self._transformers
        self.ast_transformers = []
        started = time.perf_counter()
        with self.capturing(), interruptible():
            try:
                done = self.run_cell(source, store_history=True)
            except BaseException as error:  # what gets past IPython: an interrupt at a bad moment
                self.ran.error = error
            else:
                self.ran.error = done.error_before_exec or done.error_in_exec
                self.ran.value = done.result
        self.ran.seconds = time.perf_counter() - started
        if self.ran.error is not None:
            self.ran.outputs.append(error_output(self.ran.error))
        return self.ran

    @contextlib.contextmanager
    def capturing(self):
        """While it lasts, sys.stdout and sys.stderr belong to the cell that ran last."""
        with contextlib.redirect_stdout(_Stream(self, "stdout")):
            with contextlib.redirect_stderr(_Stream(self, "stderr")):
                yield

    def print(self, name: str, text: str) -> None:
        """Add text to a stream of the cell."""
        text = str(text)
        outputs, last = self.ran.outputs, self.ran.outputs[-1] if self.ran.outputs else {}
        if last.get("name") != name:
            last = {"output_type": "stream", "name": name, "text": ""}
            if len(outputs) >= 1000:
                return
            outputs.append(last)
        room = max(0, min(MAX_TEXT - len(last["text"]), self._room))
        self._room -= min(len(text), room)
        if len(text) <= room:
            last["text"] += text
        elif not last["text"].endswith(TOO_MUCH):
            last["text"] += text[:room] + TOO_MUCH

    def show(self, output_type: str, data: dict[str, Any], metadata: dict[str, Any]) -> None:
        """Add a result or a picture to the outputs of the cell."""
        data = {str(kind): content for kind, content in data.items() if isinstance(content, str | bytes)}
        data = {
            kind: content.decode("ascii") if isinstance(content, bytes) else content
            for kind, content in data.items()
        }
        size = sum(map(len, data.values()))
        self._room -= size
        if self._room < 0 or len(self.ran.outputs) >= 1000:
            return
        output: dict[str, Any] = {"output_type": output_type, "data": data, "metadata": {}}
        for kind, about in metadata.items():
            if isinstance(about, dict) and isinstance(about.get("alt"), str):
                output["metadata"][str(kind)] = {"alt": about["alt"][:2000]}
        if output_type == "execute_result":
            output["execution_count"] = None
        self.ran.outputs.append(output)

    def showtraceback(self, *args, **kwargs):
        """Nothing: `run` returns the error."""

    def showsyntaxerror(self, *args, **kwargs):
        """Nothing: `run` returns the error."""

    def _format_exception_for_storage(self, exception, *args, **kwargs):
        """Nothing: it is for a history that is not kept, and takes longer than most cells."""
        return []

    def enable_gui(self, gui=None):
        """There is no screen."""

    def ask_exit(self):
        """`exit()` in a cell ends nothing; the cells below are still to be run."""


_may_be_interrupted = False


def interrupted(number: int, frame: Any) -> None:
    """Handle SIGINT: it ends what is in `interruptible`. Anywhere else it comes too late, and nothing ends."""
    if _may_be_interrupted:
        raise KeyboardInterrupt


@contextlib.contextmanager
def interruptible():
    """While it lasts, an interrupt raises KeyboardInterrupt."""
    global _may_be_interrupted
    before, _may_be_interrupted = _may_be_interrupted, True
    try:
        yield
    finally:
        _may_be_interrupted = before


def error_output(error: BaseException) -> dict[str, Any]:
    """The error as nbformat keeps it, with the part of the traceback that is in cells and below."""
    name, text = type(error).__name__, message(error)
    try:
        lines = traceback.TracebackException.from_exception(error, limit=-40, lookup_lines=True)
        kept = [line for line in lines.format() if "/IPython/core/" not in line]
    except Exception:  # an exception class may do anything in its own methods
        kept = [f"{name}: {text}\n"]
    trace = "".join(kept)[-20_000:].splitlines()
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": trace}


def message(error: BaseException) -> str:
    """What the error says, at most 2000 characters of it."""
    try:
        return str(error)[:2000]
    except BaseException:
        return "(its message cannot be read)"


def lines_in(error: BaseException, name: str) -> list[int]:
    """Numbers of the lines of the cell `name` that the error passed through, outermost first."""
    if isinstance(error, SyntaxError) and error.filename == name:
        return [error.lineno or 1]
    return [
        frame.lineno or 1 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name
    ]


def make() -> Shell:
    """The one shell of this process."""
    return Shell.instance()
