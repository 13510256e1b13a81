"""The person of the tasks clicks as a hand does: only what is seen and reached, with events that a browser trusts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from fusion_cli.bench.browser import Browser
from tests.e2e.person import DESKTOP, PHONE, Person

PAGE = """
<body style="margin: 0">
<button onclick="told.push([this.innerText, event.isTrusted])">Save</button>
<button>Twice</button><button>Twice</button>
<button disabled>Dead</button>
<p style="visibility: hidden">Hidden</p>
<div style="position: relative"><button>Covered</button><div style="position: absolute; inset: 0"></div></div>
<label for="name">Name<sup>?</sup></label> <input id="name" value="Nickel">
<div style="height: 3000px"></div>
<button onclick="told.push([this.innerText, event.isTrusted])">Far below</button>
<script>window.told = []</script>
"""


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser that notes what a page still has to do."""
    with Browser() as made:
        made.note_trouble()
        made.note_work()
        yield made


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["mouse", "finger"])
def test_only_what_a_hand_reaches_is_clicked(browser: Browser, tmp_path: Path, size: tuple[int, int]):
    browser.resize(*size, fingers=size == PHONE)
    browser.open(f"data:text/html,{quote(PAGE)}")
    browser.wait("window.told && window.fusionWork", "the page")
    person = Person(browser, "", "nobody", size, tmp_path)
    assert person.reaches("Twice") == [True, True]
    assert person.reaches("Dead") == person.reaches("Covered") == [False]
    assert person.reaches("Hidden") == person.reaches("Not there") == []
    person.click("Save")
    person.click("Far below", "button")
    person.write("Name", "Chrome")
    assert browser.run("told") == [["Save", True], ["Far below", True]]
    assert browser.run("document.querySelector('#name').value") == "Chrome"
    assert person.clicks == 3
