"""Findings as data: sources and spans, rules with their codes, faults and the findings made of them."""

from netspec.diagnostics.finding import (
    Edit as Edit,
    Fault as Fault,
    FieldMend as FieldMend,
    Finding as Finding,
    Mend as Mend,
    Refused as Refused,
    Related as Related,
    SpecError as SpecError,
    brief as brief,
)
from netspec.diagnostics.findings import Findings as Findings, FloodError as FloodError
from netspec.diagnostics.rule import Rule as Rule, Severity as Severity
from netspec.diagnostics.source import Source as Source, Span as Span
