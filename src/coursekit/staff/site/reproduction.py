"""The site's page of every claim and every trap, with what is recorded."""

import html
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from coursekit import notebooks
from coursekit.notebooks import CourseError
from coursekit.record import claims
from coursekit.staff.execute import source_path

RECORD = "<!-- the record -->"


def write(root: Path, page: Path, chapters: Collection[str]) -> None:
    """Put the tables of claims and traps into `page`, if the course has one, where it holds the line RECORD.

    Links lead to the chapters that explain a trap. Raises CourseError when such a heading, or the line, is not there.
    """
    from docutils.nodes import make_id

    if not page.is_file():
        return
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
    text = page.read_text(encoding="utf-8")
    if RECORD not in text:
        raise CourseError(f"{page.name}: no line {RECORD!r}, where the record belongs")
    page.write_text(text.replace(RECORD, tables(links)), encoding="utf-8")


def tables(link: Mapping[str, str]) -> str:
    """Every claim in one HTML table, and every trap in another; `link` maps a trap to the place that explains it."""
    body, part = [], ""
    for about in claims.experiments().values():
        if about.part != part:
            part = about.part
            title = html.escape(f"{part} (study: {about.study})" if about.study else part)
            body.append(f'<tr class="part"><th scope="rowgroup" colspan="5">{title}</th></tr>')
        body.append(
            f'<tr class="experiment"><th scope="rowgroup" colspan="5">{about.id}: {html.escape(about.title)}'
            f"<br><small>{html.escape(_in_words(about))}</small></th></tr>"
        )
        for figure in about.figures:
            verdict = claims.judge(about, figure)
            why = html.escape(verdict.why)
            if verdict.why in link:
                why = f'<a href="{link[verdict.why]}">{why}</a>'
            cells = (
                html.escape(figure.source),
                verdict.recorded,
                str(verdict.difference or "–"),
                ": ".join(filter(None, (verdict.mark, why))),
            )
            body.append(
                f'<tr><th scope="row">{html.escape(figure.name)}</th>'
                + "".join(f"<td>{cell}</td>" for cell in cells)
                + "</tr>"
            )
        for name, verdict in _variants(about):
            body.append(
                f'<tr><th scope="row">test accuracy, {name}</th><td>–</td><td>{verdict.recorded}</td><td>–</td>'
                "<td></td></tr>"
            )
    columns = ("figure", "source", "recorded", "difference (95 % interval)", "mark")
    figures = _table(columns, body, "Every figure of the source studies beside the recorded one")
    rows = []
    for trap in claims.traps().values():
        where = f'<a href="{link[trap.id]}">explained here</a>' if trap.id in link else "not yet explained"
        rows.append(
            f'<tr><th scope="row">{trap.id}</th><td>{html.escape(trap.says)}</td><td>{where}</td></tr>'
        )
    return figures + "\n\n" + _table(("trap", "what the study says or does", "in the course"), rows, "Traps")


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


def _table(columns: Sequence[str], rows: Sequence[str], caption: str) -> str:
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return (
        f'<table class="record"><caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(rows)
        + "\n</tbody></table>"
    )
