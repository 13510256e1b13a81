"""What devices say, as PostgreSQL can store it."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with U+FFFD in place of NUL and of halves of surrogate pairs, which JSON can spell."""
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)
