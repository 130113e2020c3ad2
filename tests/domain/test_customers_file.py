"""A file of customers is taken whole or not at all, and every bad line is named without a customer's words."""

from __future__ import annotations

import pytest

from router.domain.customer import Customer
from router.domain.customers_file import read_customers


def test_cells_become_customers() -> None:
    content = "\ufeffid;type;blocked;name\n+79131234567;corporate;;Анна\n\n42;;yes;\n".encode()
    assert read_customers(content) == (
        [
            Customer(id="+79131234567", type="corporate", name="Анна"),
            Customer(id="42", blocked=True),
        ],
        [],
    )
    assert read_customers(b"id\n") == ([], [])


def test_every_bad_line_is_named_at_once() -> None:
    content = (
        "id,name,blocked\n"
        "1,Secret,maybe\n"
        ",Secret,no\n"
        "2,Secret\n"
        "3,Secret,false\n"
        f"4,{'Secret' * 20},true\n"
        "3,Secret,true\n"
    )
    customers, problems = read_customers(content.encode())
    assert problems == [
        "line 2: blocked: must be true or false",
        "line 3: id: is missing",
        "line 4: has 2 cells, not 3 as line 1",
        "line 6: name: has at most 100 printable characters",
        "line 7: id: is that of line 5 already",
    ]
    assert [customer.id for customer in customers] == ["3"]
    assert "Secret" not in str(problems)


@pytest.mark.parametrize(
    ("content", "problems"),
    [
        (b"", ["line 1: id: this column is missing"]),
        (b"id,typ\n1,x\n", ['line 1: typ: unknown column; did you mean "type"?']),
        (b"id,id\n1,1\n", ["line 1: id: is there more than once"]),
        (b"id\n1\n\xff\n", ["line 3: is not UTF-8"]),
        (b'id,name\n1,"open\n', ["line 2: is not CSV"]),
    ],
)
def test_so_is_what_is_no_such_file(content: bytes, problems: list[str]) -> None:
    assert read_customers(content)[1] == problems
