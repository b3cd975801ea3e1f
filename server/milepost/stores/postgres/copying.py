"""COPY: rows into a table in PostgreSQL's binary form, which no value has to be escaped for."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the columns that are copied into, each with the type that its values travel as.

    A `bit varying` travels as `bytea`: see `bits.pack_binary`.
    """

    name: str
    columns: Mapping[str, str]


@contextmanager
def copying(connection: psycopg.Connection, table: Table) -> Generator[Callable[[Row], None]]:
    """Gives what adds a row to the table; not to be used inside a pipeline. A row that breaks a constraint fails them all.

    What is done within, once all rows are given, is done while the database works through them.
    """
    with connection.cursor() as cursor, cursor.copy(_statement(table)) as copy:
        copy.set_types(list(table.columns.values()))
        yield copy.write_row


def copy_rows(connection: psycopg.Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add rows to the table, if there are any."""
    if rows:
        with copying(connection, table) as add:
            for row in rows:
                add(row)


def _statement(table: Table) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(table.name), columns)
