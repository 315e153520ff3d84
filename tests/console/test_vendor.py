"""What of others is packaged with the console is what its manifest says."""

import hashlib
from importlib.resources import files

from ringwall.console.rendering import static_addresses


def test_vendored_files_are_those_that_were_vendored():
    """
    Every file but the manifest is in the manifest, with its digest.
    """
    folder = files("ringwall.console") / "static" / "vendor"
    manifest = dict(line.split()[::-1] for line in (folder / "SHA256SUMS").read_text("ascii").splitlines())

    found = {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.iterdir()
        if each.name != "SHA256SUMS"
    }

    assert found == manifest
    assert any(name.endswith("LICENSE") for name in found)


def test_static_files_have_addresses_with_their_digests():
    """
    So that browsers may keep them for good.
    """
    assert all("?v=" in each for each in static_addresses().values())
