"""What `Network.analyze` gives: the numbers as a frozen record that knows how to show itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from netspec.analysis.columns import COLUMNS
from netspec.analysis.record import Record
from netspec.render.analysis import fitting, table, text
from netspec.render.export import as_json, as_plain
from netspec.render.grid import html
from netspec.render.text import Look, safe

if TYPE_CHECKING:
    import pandas as pd

_WIDE = 120


@dataclass(frozen=True, repr=False)
class Analysis(Record):
    """What `Network.analyze` gives: a frozen record that prints as the table of `netspec analyze`."""

    def table(self, columns: Sequence[str] | None = None, *, expand: bool = False, width: int = _WIDE) -> str:
        """The table as text: the lectures' columns and as many more as fit, or those named.

        Raises:
            KeyError: There is no such column; `netspec.analysis.columns.COLUMNS` has them all.
        """
        return "\n".join(text(self, Look(width), names=columns, expand=expand))

    def to_json(self) -> str:
        """The JSON of `netspec analyze --format json`."""
        return as_json([self])

    def to_html(self) -> str:
        """The page of `netspec analyze --format html`."""
        from netspec.render.page import page  # noqa: PLC0415  few want a whole page

        return page(self)

    def to_pandas(self) -> "pd.DataFrame":
        """A data frame with a row for each layer, indexed by name, and a column for each column of the analysis.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        import pandas as pd  # noqa: PLC0415  optional: netspec itself does not need it

        numbers = [
            {name: as_plain(column.of(row, self.summary)) for name, column in COLUMNS.items()}
            for row in self.rows
        ]
        return pd.DataFrame(numbers).set_index("name")

    def __repr__(self) -> str:
        total, settings = self.total, self.settings
        counts = (
            f"{total.parameters:,} parameters, {total.macs:,} MACs, batch {settings.batch}, {settings.dtype}"
        )
        return f"<Analysis {safe(self.name)}: {counts}>"

    def __str__(self) -> str:
        return self.table()

    def _repr_html_(self) -> str:
        return "".join(html(table(self, fitting(self, _WIDE, expand=False, every=False))))
