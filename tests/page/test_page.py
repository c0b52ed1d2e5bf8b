"""The frame of all reports: nothing is loaded, only its own scripts run, both languages, everything escaped."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape

from heygem_core.page import markup
from heygem_core.page.document import document
from heygem_core.text import Text

HOSTILE = "<script>alert(1)</script> & \"quotes\" 'more'"


def policy(page: str) -> str:
    """Return the page's content security policy."""
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found
    return unescape(found[1])


def test_the_policy_names_each_script_and_nothing_else() -> None:
    """Every script on the page has its hash in the policy; there is no other source of anything but inline style."""
    page = document(Text("title", "标题"), "<p>content</p>", scripts=["first()", "second('</script>')"])
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 3
    hashes = [f"'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    assert policy(page) == (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {' '.join(hashes)}"
    )


def test_what_is_put_in_is_not_looked_through_again() -> None:
    """A script or content that spells a place of the frame stays as it is; a hostile title is text."""
    page = document(Text(HOSTILE, HOSTILE), "<p>one</p>", style="p {}", scripts=["'<!-- content -->'"])
    assert page.count("<p>one</p>") == 1
    assert "'<!-- content -->'" in page
    assert "alert(1)</script>" not in page


def test_a_text_is_escaped_in_both_languages() -> None:
    """`both` has each language once, marked as such, or one text where they are alike."""
    assert markup.both(Text("a < b", "甲 < 乙")) == '<span lang="en">a &lt; b</span><span lang="zh">甲 &lt; 乙</span>'
    assert markup.both(Text("p50", "p50")) == "p50"
    assert "<script" not in markup.both(Text(HOSTILE, "甲")) + markup.heading(2, Text(HOSTILE, HOSTILE))
    assert "<script" not in markup.number(HOSTILE) + markup.pairs([(Text(HOSTILE, HOSTILE), "1")])
