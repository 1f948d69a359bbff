"""CSV tables: columns, labels of every kind, and what is said about lines that are wrong."""

import numpy as np
import pytest
from data_opening import opened, refused

from netspec.language.recipes.data import Csv

FLOWERS = "width,length,label\n1.5,2,setosa\n3,4,virginica\n5,6,setosa\n7,8,virginica\n"


def told(tmp_path, text, sizes=(2,), **fields):
    """The code, message and help of a table that is refused."""
    (tmp_path / "t.csv").write_text(text, "utf-8")
    finding = refused(Csv(path="t.csv", **fields), sizes, tmp_path)
    return f"{finding.code} {finding.message} | {finding.help}"


def table(tmp_path, text, sizes=(2,), tokens=None, **fields):
    """The data set of a table, all of it for training."""
    (tmp_path / "t.csv").write_text(text, "utf-8")
    return opened(Csv(path="t.csv", **{"test": 0.0} | fields), sizes, tmp_path, tokens=tokens)


def test_names_of_classes(tmp_path):
    """Labels in words are classes, numbered by name."""
    data = table(tmp_path, FLOWERS)
    assert data.classes == ("setosa", "virginica")
    assert data.train.y.tolist() == [0, 1, 0, 1]
    assert data.train.x.dtype == np.float32
    assert data.train.x.tolist() == [[1.5, 2], [3, 4], [5, 6], [7, 8]]


@pytest.mark.parametrize(
    ("labels", "kind", "values"),
    [("0 2 1", "int32", [0, 2, 1]), ("-1 2 1", "int32", [-1, 2, 1]), ("0.5 2 1e1", "float32", [0.5, 2, 10])],
)
def test_numbers_as_labels(tmp_path, labels, kind, values):
    """Whole labels are class ids, others are targets."""
    rows = "\n".join(f"{label},3" for label in labels.split())
    data = table(tmp_path, f"label,x\n{rows}\n", (1,))
    assert data.train.y.dtype == kind
    assert data.train.y.tolist() == values
    assert data.classes == ()


@pytest.mark.parametrize(
    ("separator", "sign"), [("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("space", " ")]
)
def test_separators_and_places(tmp_path, separator, sign):
    """Columns stand between any of the separators; the label's column may be given by its place."""
    text = "7 1 8\n9 0 10\n".replace(" ", sign)
    data = table(tmp_path, text, header=False, label=1, separator=separator)
    assert data.train.x.tolist() == [[7, 8], [9, 10]]
    assert data.train.y.tolist() == [1, 0]


def test_image_in_a_row(tmp_path):
    """A row of as many numbers as the input has is given in the input's sizes, row by row."""
    data = table(tmp_path, "label,a,b,c,d,e,f\n1,0,1,2,3,4,5\n", (2, 3, 1))
    assert data.train.x[0, ..., 0].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_row_of_another_length_stays_flat(tmp_path):
    """A row that does not fill the input stays as it is, for the diagnostic to tell."""
    assert table(tmp_path, FLOWERS, (3,)).train.x.shape == (4, 2)


def test_token_ids_are_whole(tmp_path):
    """For an input of token ids the values are whole numbers."""
    data = table(tmp_path, "label,a,b\n1,70000,3\n", (2,), tokens=100_000)
    assert data.train.x.dtype == np.int32
    assert data.train.x.tolist() == [[70000, 3]]


def test_quotes_marks_and_empty_lines(tmp_path):
    """Quoted numbers, spaces after commas, a byte-order mark and empty lines do no harm."""
    data = table(tmp_path, '\ufeffx, label\n\n"1", 0\n\n 2 , 1\n', (1,))
    assert data.train.x.tolist() == [[1], [2]]
    assert data.train.y.tolist() == [0, 1]


def test_test_table(tmp_path):
    """A second table is the test part; its classes are numbered together with the first's."""
    (tmp_path / "more.csv").write_text("width,length,label\n1,2,alba\n")
    data = table(tmp_path, FLOWERS, test_path="more.csv")
    assert data.classes == ("alba", "setosa", "virginica")
    assert (data.train.y.tolist(), data.test.y.tolist()) == ([1, 2, 1, 2], [0])


def test_share_is_kept_for_testing(tmp_path):
    """Without a second table a share of each class is kept."""
    rows = "".join(f"{n},{n % 2}\n" for n in range(20))
    data = table(tmp_path, f"x,label\n{rows}", (1,), test=0.2)
    assert np.bincount(data.test.y).tolist() == [2, 2]


def test_other_columns_in_the_test_table(tmp_path):
    """A second table of other columns is refused."""
    (tmp_path / "more.csv").write_text("length,width,label\n1,2,setosa\n")
    assert "the columns of `more.csv` are not those of `t.csv`" in told(
        tmp_path, FLOWERS, test_path="more.csv"
    )


@pytest.mark.parametrize(
    ("text", "fields", "words"),
    [
        ("", {}, "E403 `t.csv` has no column `label`; it has none"),
        ("x,label\n", {}, "E404 `t.csv` has no line of an example"),
        (
            "x,Labels\n1,2\n",
            {},
            "E403 `t.csv` has no column `label`; it has `x`, `Labels` | did you mean `Labels`?",
        ),
        ("x,label\n1,2\n1,2,3\n", {}, "E404 line 3 has 3 columns, and the first has 2 | `separator=`"),
        ("x,label\n1,2\n\n1\n", {}, "E404 line 4 has 1 columns"),
        ("x,label\n1,2\nabc,3\n", {}, "E404 line 3: `abc` is no number"),
        ("x,label\n1,2\n,3\n", {}, "E404 line 3: a column is empty"),
        ("x,label\nnan,2\n", {}, "E404 line 2: `nan` is no number"),
        ("x,label\n1e999,2\n", {}, "E404 line 2: `1e999` is no number"),
        ("x,label\n1,2\n3,\n", {}, "E404 line 3 has no label"),
        ("x,label\n1,99999999999\n", {}, "E404 the labels go from 99,999,999,999 to"),
        ("x,label\n1,inf\n", {}, "E404 1 values of the labels are infinite"),
        ('x,label\n"1,2\n', {}, "E404 line 2 of `t.csv`: unexpected end of data"),
        ("x,label\n\0,2\n", {}, "E404 line 2"),
        (
            "1,2\n",
            {"header": False},
            "E403 without a header no column is called `label` | give the label's place",
        ),
        (
            "1,2\n",
            {"header": False, "label": 2},
            "E403 the label is in column 2 from 0, and line 1 has 2 columns",
        ),
        ("x,label\n1,2\n", {"label": 7}, "E403 the label is in column 7 from 0, and line 2 has 2 columns"),
        ("x,y\n1,2\n", {"label": "y", "header": False}, "E403 without a header"),
        ("x,label\n1,2\n", {"test_path": "nowhere.csv"}, "E403 there is no file `nowhere.csv`"),
    ],
)
def test_wrong_tables_are_refused(tmp_path, text, fields, words):
    """The message names the line, the column or the file, and what is wrong."""
    assert words in told(tmp_path, text, **fields)


def test_bytes_that_are_no_text(tmp_path):
    """A file that is no text is refused."""
    (tmp_path / "t.csv").write_bytes(b"\xff\xfe\x00label")
    assert refused(Csv(path="t.csv"), (2,), tmp_path).code == "E404"
