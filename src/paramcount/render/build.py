"""A report as paragraphs and tables, in the order in which they are shown."""

from __future__ import annotations

from paramcount.render.document import Paragraph, printable
from paramcount.render.layers import layers_table
from paramcount.render.numbers import size
from paramcount.render.totals import totals_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from paramcount.model import Finding, Source
    from paramcount.render.document import Block
    from paramcount.render.options import Options
    from paramcount.report import Report

FRAMEWORKS = {"keras": "Keras", "tf_keras": "tf_keras", "tensorflow": "TensorFlow"}


def build(report: Report, options: Options) -> list[Block]:
    """Everything that ``options`` asks for: what was read, the rows, the totals, the findings."""
    blocks: list[Block] = [header(report)]
    if options.tensors or options.sharing:
        from paramcount.render.listings import listings

        blocks.extend(listings(report, options))
    elif report.layers or report.model.root.variables:
        blocks.append(layers_table(report, options))
    else:
        blocks.append(Paragraph((("The model has no layers.", "muted"),), kind="note"))
    blocks.append(totals_table(report))
    for finding in report.findings:
        blocks.extend(_finding(finding))
    return blocks


def header(report: Report) -> Paragraph:
    """What was read: name, form, who wrote it, and how much of it had to be read."""
    source = report.source
    name = source.path or report.model.root.name or "model"
    facts = [text for text in (_form(source), _sizes(source)) if text]
    segments = [(printable(name), "title")]
    for fact in facts:
        segments += [(" · ", "muted"), (printable(fact), "muted")]
    return Paragraph(tuple(segments), kind="header")


def _form(source: Source) -> str:
    """The form with the version of what wrote it: ``Keras 3.15.1 archive``, ``KerasHub preset, Keras 3.15.1``."""
    framework = FRAMEWORKS.get(source.framework, source.framework)
    form, version = source.title or source.format, source.framework_version
    if version and version in form:
        return form
    if version and form.startswith(f"{framework} "):
        return f"{framework} {version}{form[len(framework) :]}"
    writer = f"{framework} {version}".strip()
    return f"{form}, {writer}" if writer and writer not in form else form


def _sizes(source: Source) -> str:
    parts = []
    if source.size_bytes is not None:
        parts.append(f"{size(source.size_bytes)} on disk")
    if source.bytes_read is not None:
        parts.append(f"{size(source.bytes_read)} read")
    return ", ".join(parts)


def _finding(finding: Finding) -> list[Block]:
    """``Warning [id] where: message``, and the advice below it."""
    style = finding.severity if finding.severity in ("info", "warning") else "warning"
    word = "Note" if style == "info" else "Warning"
    where = f" {printable(finding.where)}:" if finding.where else ""
    first = Paragraph(
        ((f"{word} [{printable(finding.id)}]", style), (where, "name"), (f" {printable(finding.message)}", "")),
        hang=2,
        kind="finding",
    )
    if not finding.advice:
        return [first]
    return [first, Paragraph(((f"  {printable(finding.advice)}", "muted"),), hang=2, kind="advice")]
