"""The typed values of conditions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwall.policy import values

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026", NEW_YEAR),
        ("2026-01", NEW_YEAR),
        ("2026-01-01", NEW_YEAR),
        ("2026-01-01T00:00Z", NEW_YEAR),
        ("2026-01-01T00:00:00", NEW_YEAR),
        ("2026-01-01t00:00:00z", NEW_YEAR),
        ("2026-01-01T01:30:00+01:30", NEW_YEAR),
        ("2025-12-31T19:00:00-05:00", NEW_YEAR),
        ("2026-01-01T00:00:00.1234567Z", NEW_YEAR + timedelta(microseconds=123456)),
        ("1767225600", NEW_YEAR),
        ("1767225600.5", NEW_YEAR + timedelta(seconds=0.5)),
        ("0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("-1", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_dates(text, moment):
    """
    A date is ISO 8601, in UTC unless it says otherwise, or epoch seconds; four digits are a year.
    """
    assert values.read_date(text) == moment


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *((values.read_date, text) for text in ("", "today", "2026-13-01", "2026-1-1", "20260101T000000", "9" * 18)),
        *((values.read_date, text) for text in ("2026-01-01T00:00:00+99:00", "0001-01-01T00:00:00+10:00", "9" * 5000)),
        *((values.read_number, text) for text in ("", "ten", "NaN", "Infinity", "1_000", " 1", "1e99999", "\uff11")),
        *((values.read_address, text) for text in ("", "1.2.3", "10.0.0.0/8", "fe80::1%eth0", "256.0.0.1")),
        *((values.read_network, text) for text in ("", "10.0.0.0/255.0.0.0", "10.0.0.0/33", "10.0.*", "::/129")),
        *((values.read_flag, text) for text in ("", "1", "yes", "true ")),
        *((values.read_bytes, text) for text in ("Q", "Qm lu", "\u00e9")),
        *((values.read_arn, text) for text in ("", "x", "arn:aws:s3")),
    ],
)
def test_text_of_another_type_is_refused(read, text):
    """
    Text that is not of the type is a ValueError, never a guess.
    """
    with pytest.raises(ValueError):
        read(text)


@pytest.mark.parametrize(
    ("text", "number"), [("10", Decimal(10)), ("-0.5", Decimal("-0.5")), ("1e3", Decimal(1000)), (".5", Decimal("0.5"))]
)
def test_numbers(text, number):
    """
    A number is an integer or a decimal.
    """
    assert values.read_number(text) == number


@pytest.mark.parametrize(
    ("text", "network"),
    [("10.1.2.3/8", "10.0.0.0/8"), ("10.1.2.3", "10.1.2.3/32"), ("2001:db8::1/32", "2001:db8::/32")],
)
def test_networks(text, network):
    """
    Host bits are ignored, and no mask means one address.
    """
    assert values.read_network(text) == ip_network(network)


@given(
    st.lists(st.sampled_from(["10.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "192.0.2.128/25", "::/0", "2001:db8::/32"])),
    st.sampled_from(["10.1.2.3", "10.1.2.4", "192.0.2.127", "192.0.2.128", "::1", "2001:db8::", "2001:db9::"]),
)
def test_an_address_is_in_many_networks_where_it_is_in_one_of_them(texts, text):
    """
    Looked up by their prefixes, networks hold the addresses that each of them holds.
    """
    networks, address = [ip_network(each) for each in texts], ip_address(text)

    assert (address in values.Networks(networks)) is any(address in network for network in networks)
