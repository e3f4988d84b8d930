"""Hosts, origins and networks as settings and requests write them."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (IPv4Network("127.0.0.1/32"), IPv6Network("::1/128"))
ANYBODY: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
USUAL_PORTS = {"http": 80, "https": 443}


def networks(written: object) -> object:
    """Return the networks of a list such as `10.0.0.0/8, 192.0.2.7`; `*` is everybody.

    Raises `ValueError` with a sentence.
    """
    if not isinstance(written, str):
        return written
    words = re.split(r"[\s,]+", written.strip())
    if words == ["*"]:
        return ANYBODY
    return tuple(_network(word) for word in words if word)


def _network(word: str) -> Network:
    try:
        return ip_network(word.strip("[]"), strict=False)
    except ValueError:
        raise ValueError(f"{word[:40]!r} is no IP address and no network such as 10.0.0.0/8") from None


def public_address(written: object) -> object:
    """Return scheme and host of an address such as `https://review.example.com`, as browsers write them.

    Raises `ValueError` with a sentence.
    """
    if not isinstance(written, str):
        return written
    try:
        parts = urlsplit(written.strip())
        port, host = parts.port, (parts.hostname or "")
        host = host if ":" in host else host.encode("idna").decode()
    except ValueError:
        parts, port, host = urlsplit(""), None, ""
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in USUAL_PORTS or not host or not is_bare:
        raise ValueError(
            "it has to be like https://review.example.com, without a path: Tertium has its own host"
        )
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in {None, USUAL_PORTS[parts.scheme]} else "")


def same_host(origin: str, host: str) -> bool:
    """Whether a browser's `Origin` and a request's `Host` name the same host and port."""
    scheme, _, place = origin.partition("://")
    usual = f":{USUAL_PORTS.get(scheme, '')}"
    return bool(place) and place.lower().removesuffix(usual) == host.strip().lower().removesuffix(usual)


def is_origin(written: str) -> bool:
    """Whether this is an origin as browsers send it; `null` and whatever else is none."""
    return re.fullmatch(r"https?://([a-z\d.\-_]{1,253}|\[[\da-f:.]+\])(:\d{1,5})?", written) is not None
