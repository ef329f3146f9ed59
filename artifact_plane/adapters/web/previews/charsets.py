"""Which encoding a text is in: what its first bytes say, else what its media type says, else UTF-8."""

from __future__ import annotations

import codecs
from typing import Final

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_DEFAULT: Final = "utf-8-sig"

_READ_AS: Final = {
    # As browsers do: what is called Latin-1 is nearly always Windows' version of it, of which it is a part.
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    **{name: name for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")},
    **{name: name for name in ("shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "gbk", "gb2312", "gb18030", "big5")},
    **{name: name for name in ("koi8-r", "koi8-u", "cp437", "cp850", "cp866", "mac-roman")},
    **{f"cp125{number}": f"cp125{number}" for number in range(9)},
    **{f"iso8859-{number}": f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
"""Encodings of texts that are read, by their names in Python, and as what; UTF-8 is read for any other name."""


def charset_of(media_type: str, data: bytes) -> str:
    """The name that Python has for the encoding of a text that begins with ``data``."""
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), None)
    return marked or _READ_AS.get(_declared(media_type), _DEFAULT)


def _declared(media_type: str) -> str:
    """Python's name for the encoding that a media type names; empty where it names none that is known."""
    for parameter in media_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            try:
                return codecs.lookup(value.strip(" \t'\"")).name
            except (LookupError, ValueError):
                return ""
    return ""
