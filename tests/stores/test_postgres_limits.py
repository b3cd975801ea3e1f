"""The limits of the PostgreSQL store, as its operators may count on them."""

from milepost.stores.postgres import bits, connection, connections, feed, notices, purge, writer


def test_what_a_server_asks_of_the_database_is_bounded() -> None:
    assert connections.MOST_CONNECTIONS + writer.LANES + 1 == 11, "connections of one server, the feed's included"
    assert connections.MOST_WAITING == writer.MOST_WAITING == 10_000
    assert (connections.READ_TRIES, connections.WRITE_TRIES, writer.TRIES) == (3, 3, 3)
    assert (writer.MOST_IN_GROUP, purge.BATCH) == (256, 200)
    assert (notices.MOST_KEPT, notices.MOST_TRIMMED, notices.TRIMMED_EVERY) == (5_000, 2_000, 256)


def test_nothing_is_waited_for_without_an_end() -> None:
    assert (connection.CONNECT_SECONDS, connection.LOCK_SECONDS, connection.STATEMENT_SECONDS) == (5, 5, 10)
    assert (connection.UNANSWERED_SECONDS, connection.IDLE_IN_TRANSACTION_SECONDS) == (10, 60)
    assert (connections.LONGEST_WAIT_SECONDS, writer.LONGEST_WAIT_SECONDS) == (10.0, 15.0)
    assert feed.LOOK_EVERY_SECONDS == 1.0


def test_a_chunk_seats_as_many_events_as_its_bitmaps_have_bits() -> None:
    assert bits.SLOTS == 1_024
    assert bits.FULL.bit_count() == bits.SLOTS
    assert f"bit({bits.SLOTS})" == bits.BITS
    assert f"B'0'::{bits.BITS}" == bits.ZERO
