"""What stops a run, as findings: they name the rule, the place and the cure."""

from netspec.diagnostics import Finding, Rule


class TrainError(Exception):
    """Raised where training, or what follows it, cannot go on; `findings` say why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__("\n".join(finding.message for finding in findings))
        self.findings = findings


def fault(
    rule: Rule,
    file: object,
    message: str,
    *,
    help: str = "",  # noqa: A002  what findings call it
    notes: tuple[str, ...] = (),
) -> TrainError:
    """A fault in a file, a folder or a data set, which has no line to point at."""
    return TrainError(Finding(rule=rule, message=message, file=str(file), help=help, notes=notes))
