"""The site's page of every claim and every trap, with what is recorded."""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from coursekit import notebooks
from coursekit.notebooks import CourseError
from coursekit.record import claims
from coursekit.staff.execute import source_path
from coursekit.staff.site.generated import fill_in, render

RECORD = "<!-- the record -->"


def write(root: Path, page: Path, chapters: Collection[str]) -> None:
    """Put the tables of claims and traps into `page`, if the course has one, where it holds the line RECORD.

    Links lead to the chapters that explain a trap. Raises CourseError when such a heading, or the line, is not there.
    """
    if page.is_file():
        fill_in(page, RECORD, "record", tables(_links(root, chapters)))


def _links(root: Path, chapters: Collection[str]) -> dict[str, str]:
    """Where the site explains each trap."""
    from docutils.nodes import make_id

    links = {}
    for trap in claims.traps().values():
        if trap.chapter not in chapters:
            continue
        source = source_path(root, trap.chapter)
        text = "\n".join(cell.source for cell in notebooks.read(source).cells if cell.cell_type == "markdown")
        if not re.search(rf"^#+ {re.escape(trap.section)}$", text, re.MULTILINE):
            raise CourseError(
                f"{source}: trap {trap.id} is to be explained under {trap.section!r}; no such heading"
            )
        links[trap.id] = f"../notebooks/{trap.chapter}/{trap.chapter}.html#{make_id(trap.section)}"
    return links


def tables(links: Mapping[str, str]) -> str:
    """Every claim in one HTML table, and every trap in another; `links` maps a trap to the place that explains it."""
    return render(
        "reproduction.html",
        experiments=claims.experiments().values(),
        traps=claims.traps().values(),
        links=links,
        judge=claims.judge,
        in_words=_in_words,
        variants=_variants,
    )


def _variants(about: claims.Experiment) -> Iterator[tuple[str, claims.Verdict]]:
    """What the course recorded beside the source's own protocol, by the name of the variant."""
    for name in about.protocols:
        if not about.is_sweep and name.startswith(f"{about.id}-"):
            samples = tuple(run["test"]["accuracy"] for run in claims.recorded(name))
            verdict = claims.Verdict("not judged", samples, ranks=about.ranks)
            yield name.removeprefix(f"{about.id}-"), verdict


def _in_words(about: claims.Experiment) -> str:
    """The protocol of an experiment's first network on one line."""
    protocol = next(iter(about.protocols.values()))
    if "solution" in protocol:
        return f"the reference solution of the chapter challenge; at most {protocol['seconds']} s on one core"
    images = f", {protocol['images']:,} images drawn" if "images" in protocol else ""
    if "mislabelled" in protocol:
        images += f", {protocol['mislabelled']:.0%} of their labels made wrong"
    if "shifted" in protocol:
        images += f", nine copies of each, shifted by {protocol['shifted']}"
    split = protocol["split"]
    patience = protocol.get("patience", protocol.get("epochs"))
    stopping = f" at most, early stopping with patience {patience}" if patience < protocol["epochs"] else ""
    reshuffled = "a new order each epoch" if protocol["order"] == "reshuffled" else "one order for all epochs"
    validated = "the test set also validates" if split == "test" else f"split {split}"
    each = f"{len(about.protocols)} networks, the first: " if about.is_sweep else ""
    return (
        f"{each}{protocol['network']}; {protocol['loss'].replace('_', ' ')}; {protocol['optimizer']}; "
        f"{protocol['epochs']} epochs{stopping}, batches of {protocol['batch_size']}, {reshuffled}; "
        f"{protocol['pixels']} pixels{images}; {validated}"
    )
