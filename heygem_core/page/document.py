"""Puts content into the page, with its policy: nothing is loaded, and only the scripts that are named here run."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from importlib.resources import files

from heygem_core.page.markup import both
from heygem_core.text import Text

_PLACE = re.compile(r"<!-- (\w+) -->")


def document(title: Text, content: str, *, style: str = "", scripts: Sequence[str] = ()) -> str:
    """Return the page: ``content`` is HTML, ``style`` CSS beside the page's own, ``scripts`` run once it is there.

    Inline event handlers in ``content`` do not run, nor does any other script in it.
    """
    own = _part("page.js")
    after = [script.replace("</script", "<\\/script") for script in scripts]
    parts = {
        "policy": escape(_policy([own, *after])),
        "name": escape(title.en),
        "style": _part("page.css") + style,
        "script": own,
        "title": both(title),
        "content": content,
        "scripts": "\n".join(f"<script>{script}</script>" for script in after),
    }
    # In one pass: what is put in is never looked through for further places.
    return _PLACE.sub(lambda place: parts[place[1]], _part("page.html"))


def _policy(scripts: Sequence[str]) -> str:
    hashes = " ".join(f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts)
    return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {hashes}"


def _part(name: str) -> str:
    return files("heygem_core.page").joinpath(name).read_text(encoding="utf-8")
