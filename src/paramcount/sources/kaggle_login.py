"""The login that Kaggle wants for some models: taken from where ``kagglehub`` takes it, and shown to Kaggle alone."""

from __future__ import annotations

import os

from paramcount.sources.hub import KAGGLE_HOST

FILE_LIMIT = 1 << 14
"""Bytes of the file that holds the login."""


def login(address: str) -> dict[str, str]:
    """The headers that log in to ``address``: none unless it is Kaggle's own, over an encrypted connection."""
    if not address.startswith(f"https://{KAGGLE_HOST}/"):
        return {}
    user, key = os.environ.get("KAGGLE_USERNAME", ""), os.environ.get("KAGGLE_KEY", "")
    if not (user and key):
        user, key = _of_file()
    if not (user and key):
        return {}
    from binascii import b2a_base64

    return {"Authorization": "Basic " + b2a_base64(f"{user}:{key}".encode(), newline=False).decode()}


def _of_file() -> tuple[str, str]:
    """User and key in ``kaggle.json``; both empty where there is no such file, or another one."""
    home = os.environ.get("KAGGLE_CONFIG_DIR") or os.path.join(os.path.expanduser("~"), ".kaggle")
    import json

    try:
        with open(os.path.join(home, "kaggle.json"), "rb") as file:
            found = json.loads(file.read(FILE_LIMIT))
    except (OSError, ValueError, RecursionError):
        return "", ""
    user, key = (found.get("username"), found.get("key")) if isinstance(found, dict) else ("", "")
    return (user, key) if isinstance(user, str) and isinstance(key, str) else ("", "")
