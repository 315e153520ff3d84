"""The master key: made once, for its owner's eyes, and never silently another one."""

import pytest
from cryptography.fernet import Fernet

from ringwall.errors import StoreError, UsageError
from ringwall.service.secrets import FILE, VARIABLE, MasterKey, master_key


def test_a_secret_comes_back(tmp_path):
    """
    What was encrypted before a restart is read after it.
    """
    secret = master_key(tmp_path, {}).encrypt(b"hunter2")

    assert b"hunter2" not in secret
    assert master_key(tmp_path, {}).decrypt(secret) == b"hunter2"


def test_the_key_is_for_its_owner_alone(tmp_path):
    """
    The file is made with the mode 600, and nothing else is left beside it.
    """
    master_key(tmp_path, {})

    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [FILE]


def test_a_key_that_others_can_read_is_refused(tmp_path):
    """
    A key that leaked is no key.
    """
    master_key(tmp_path, {})
    (tmp_path / FILE).chmod(0o644)

    with pytest.raises(StoreError, match="chmod 600"):
        master_key(tmp_path, {})


def test_another_key_is_told_as_such(tmp_path):
    """
    With the wrong master key nothing is decrypted, and the error says what to do.
    """
    secret = master_key(tmp_path, {}).encrypt(b"hunter2")

    with pytest.raises(StoreError, match=f"restore the file {FILE}, or set {VARIABLE}"):
        MasterKey(Fernet.generate_key().decode()).decrypt(secret)


def test_the_environment_comes_first(tmp_path):
    """
    A key in the environment is used, and no file is made.
    """
    key = Fernet.generate_key().decode()
    secret = master_key(tmp_path, {VARIABLE: key}).encrypt(b"hunter2")

    assert MasterKey(key).decrypt(secret) == b"hunter2"
    assert list(tmp_path.iterdir()) == []


def test_a_key_can_be_replaced(tmp_path):
    """
    The first of several keys encrypts, and what the others encrypted is still read.
    """
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    both = MasterKey(f"{new},{old}")

    assert both.decrypt(MasterKey(old).encrypt(b"before")) == b"before"
    assert MasterKey(new).decrypt(both.encrypt(b"after")) == b"after"


def test_what_is_no_key_is_refused(tmp_path):
    """
    Some text is not a key.
    """
    with pytest.raises(UsageError, match="32 bytes in base64"):
        master_key(tmp_path, {VARIABLE: "hunter2"})
