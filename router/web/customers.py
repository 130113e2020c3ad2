"""The directory of customers: what routing knows of a person before he says a word."""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from router.domain.customer import Customer
from router.domain.customers_file import read_customers
from router.domain.wire import answers, requests
from router.engine.acts.reading import GetCustomer
from router.engine.acts.workspace import PutCustomer
from router.kit.errors import Refusal
from router.web.operation import MANAGERS, Call, Reply, Table

IMPORT_MAX: Final = 10 * 1024 * 1024
AT_ONCE: Final = 200
"""So many customers are stored in one go, and others are served in between."""

SHOWN: Final = 1_000
"""So many wrong lines are named one by one."""

table = Table()


@table.add("GET", "/customers/{customer}", MANAGERS, answer=answers.KnownCustomer, refuses=("unknown_customer",))
async def get_customer(call: Call) -> Reply:
    """What the directory says of a customer, and the agent who served him last."""
    customer = call.path["customer"]
    record, last_agent = (await call.served.engine.do(GetCustomer(customer=customer))).result
    if record is None:
        raise Refusal("unknown_customer")
    return Reply(_shown(customer, record, last_agent))


@table.add("PUT", "/customers/{customer}", MANAGERS, body=requests.PutCustomer, answer=answers.KnownCustomer)
async def put_customer(call: Call) -> Reply:
    """Say all that the directory is to know of a customer; it counts from his next contact on."""
    said: requests.PutCustomer = call.body
    record = Customer(
        id=call.path["customer"],
        type=said.type,
        name=said.name,
        language=said.language,
        segment=said.segment,
        blocked=said.blocked,
    )
    await _put(call, record)
    _record, last_agent = (await call.served.engine.do(GetCustomer(customer=call.path["customer"]))).result
    return Reply(_shown(call.path["customer"], record, last_agent))


@table.add("DELETE", "/customers/{customer}", MANAGERS, status=204)
async def delete_customer(call: Call) -> Reply:
    """Forget a customer: the directory's record, and in all his contacts who he is and what was said. Figures stay."""
    await call.served.contacts.erase(call.path["customer"], call.by)
    return Reply(None)


@table.add(
    "POST", "/customers/import", MANAGERS, answer=answers.Imported, raw="text/csv", body_max=IMPORT_MAX
)  # fmt: skip
async def import_customers(call: Call) -> Reply:
    """Put many customers from CSV, up to 10 MB: a header, then a line each; of what is there nothing else changes.

    Columns are `id`, `type`, `name`, `language`, `segment`, `blocked`; all but `id` may be left out, an empty cell is
    unknown. Where any line is wrong, every wrong line is named with its number and nothing is stored. Repeating it does
    no harm.
    """
    customers, problems = await asyncio.to_thread(read_customers, call.body)
    if problems:
        more = [f"and {len(problems) - SHOWN} more"] if len(problems) > SHOWN else []
        raise Refusal("malformed", "\n".join([*problems[:SHOWN], *more]))
    for start in range(0, len(customers), AT_ONCE):
        await asyncio.gather(*(_put(call, customer) for customer in customers[start : start + AT_ONCE]))
    return Reply(answers.Imported(stored=len(customers)))


async def _put(call: Call, record: Customer) -> None:
    assert record.id is not None
    await call.served.engine.do(PutCustomer(customer=record.id, record=msgspec.msgpack.encode(record)), call.by)


def _shown(customer: str, record: Customer, last_agent: str | None) -> answers.KnownCustomer:
    return answers.KnownCustomer(
        id=customer,
        type=record.type,
        name=record.name,
        language=record.language,
        segment=record.segment,
        blocked=record.blocked,
        last_agent=last_agent,
    )
