"""Which addresses a notification may go to: those of the public Internet, and no other."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_TRANSLATED = ip_network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that the packets reach."""
_REFUSED = (
    ip_network("fec0::/10"),  # site-local: private until RFC 3879, and still so where somebody uses it
    ip_network("3fff::/20"),  # for documentation by RFC 9637; newer versions of Python know that
    ip_network("2002::/16"),  # 6to4: an IPv4 address in disguise, given up by RFC 7526
    ip_network("192.0.0.0/24"),  # kept for protocols by RFC 6890; newer versions of Python know that
    ip_network("168.63.129.16/32"),  # public by its number, but what Azure's hosts answer on to their own machines
)


def is_public(text: str) -> bool:
    """Whether this address is one that anybody may reach: not private, loopback, link-local, multicast or reserved.

    The services that hand out a machine's credentials are link-local or private, and so refused with the rest.
    """
    address = _reached(ip_address(text))
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not address.is_unspecified
        and not any(address in network for network in _REFUSED if network.version == address.version)
    )


def is_private_by_itself(host: str) -> bool:
    """Whether a host in a URL needs no look at DNS to be refused: an address that is not public, however it is written."""
    if host == "localhost" or host.endswith(".localhost"):
        return True  # RFC 6761
    try:
        return not is_public(host)
    except ValueError:
        pass
    try:
        # In the short, octal and hexadecimal forms that resolvers take.
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    except OSError:
        return False


def _reached(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it stands for one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _TRANSLATED:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
