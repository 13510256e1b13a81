"""A person at the screen of the running server, who reads, clicks and types, and whose clicks are counted.

What is clicked is named as it is read there: the words of a button, the label of a field. The events are those of a
real mouse, finger or keyboard, so what is covered, off the screen or dead cannot be clicked.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fusion_cli.bench.browser import Browser
from fusion_cli.testing.pace import patient
from fusion_cli.testing.watch import progress

FOUND_WITHIN_S = 10.0
DESKTOP, TABLET, PHONE = (1440, 900), (1024, 768), (390, 844)
"""Screens, in CSS pixels."""
BUTTON = "button, a, [role=button], .dropdown-item, .o-dropdown-item"
TAB = ".nav-link"
OPTION = ".o-autocomplete--dropdown-menu a.dropdown-item, .o_select_menu_item"
ANY = "*"
BESIDE = ".o_data_row, .o_kanban_record, .modal-content, [role=alert]"
"""What holds words together that belong to one thing."""

# All that is seen of the kind `kind` whose words are `words` (`part`: contain them; `column`: the cells below a heading
# with them), in what is seen of the kind `around` and contains `by`. Of elements in one another the innermost counts.
_SIGHT = """
    (({ words, kind, part, column, around, by }) => {
        const said = (text) => (text || '').replace(/\\s+/g, ' ').trim();
        const read = (element) => {
            const copy = said(element.innerText);
            return element.matches('label') ? copy.replace(/ ?\\?$/, '') : copy;
        };
        const names = (element) => [
            read(element),
            said(element.matches('input') ? element.value : ''),
            ...['aria-label', 'title', 'placeholder', 'data-tooltip'].map((name) => said(element.getAttribute(name))),
        ];
        const heading = (cell) => cell.closest('table')?.tHead?.rows[0].cells[cell.cellIndex];
        const fits = (element) =>
            column
                ? heading(element) && read(heading(element)) === words
                : names(element).some((name) => (part ? name.includes(words) : name === words));
        const seen = (element) =>
            element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length;
        const within = by
            ? [...document.querySelectorAll(around)].filter((element) => seen(element) && read(element).includes(by))
            : [document.body];
        const fitting = within
            .flatMap((element) => [...element.querySelectorAll(kind)])
            .filter((element) => seen(element) && fits(element));
        const found = fitting.filter((one) => !fitting.some((other) => other !== one && one.contains(other)));
        const target = (element) =>
            element.matches('label[for]') ? document.getElementById(element.htmlFor) || element : element;
        return [...new Set(found.map(target))].map((element) => {
            const box = () => element.getClientRects()[0] || element.getBoundingClientRect();
            const middle = ({ left, right, top, bottom }) => ({ x: (left + right) / 2, y: (top + bottom) / 2 });
            const hit = () => {
                const { x, y } = middle(box());
                return document.elementFromPoint(x, y);
            };
            const isHit = () => {
                const top = hit();
                return Boolean(top) && (element.contains(top) || (isGhost && top.contains(element)));
            };
            const isGhost = getComputedStyle(element).pointerEvents === 'none';
            if (!isHit()) {
                element.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
            }
            const off = element.closest(':disabled, .disabled, .o_is_blocked') || document.querySelector('.o_blockUI');
            const free = isHit() && !off;
            return { ...middle(box()), free, covered: free ? '' : hit()?.outerHTML.slice(0, 200) || 'off the screen' };
        });
    })
"""
_READS = """[
    document.body.innerText,
    ...[...document.querySelectorAll('input, textarea')].filter((field) => field.checkVisibility())
        .map(({ value }) => value),
].join(' ').replace(/\\s+/g, ' ')"""


class Person:
    """A user at a browser in which he is logged in, on a screen of so many pixels."""

    def __init__(self, browser: Browser, url: str, login: str, size: tuple[int, int], pictures: Path) -> None:
        self.browser, self.url, self.login, self.size = browser, url, login, size
        self.pictures = pictures
        self.clicks = 0
        self.on_done: Callable[[str, int, float], None] = lambda name, clicks, seconds: None
        self._fingers = size == PHONE

    @contextmanager
    def task(self, name: str, clicks: int) -> Iterator[None]:
        """Do something from the home screen on; it takes exactly so many clicks, and nothing goes wrong meanwhile."""
        self.browser.open(f"{self.url}/odoo")
        self.browser.wait("document.querySelector('.o_main_navbar') && window.fusionWork", "the home screen")
        self.browser.settle("the home screen")
        before, began = self.clicks, time.monotonic()
        try:
            yield
            trouble = self.browser.trouble()
            assert not trouble, trouble
        except BaseException:
            self.picture(f"failed-{self.login}-{name.replace(' ', '-')}")
            raise
        taken = self.clicks - before
        self.on_done(name, taken, time.monotonic() - began)
        assert taken == clicks, f"{name}: {taken} clicks, not {clicks}"

    def click(
        self, words: str, kind: str = ANY, *, by: str = "", around: str = "", part: bool = False
    ) -> None:
        """Click what has these words, as text or as its name; `kind` is a CSS selector of what it can be.

        It has to be the only one that is seen; `by` are words beside it, in the same row, card or dialog.
        """
        self._hit({"words": words, "kind": kind, "part": part, "around": around or BESIDE, "by": by})

    def reaches(self, words: str, kind: str = ANY) -> list[bool]:
        """For each thing with these words that is there: whether a click would hit it."""
        return [each["free"] for each in self._look({"words": words, "kind": kind})]

    def cell(self, column: str, *, by: str, text: str = "") -> None:
        """Click the cell of a column in the row with the words `by`, and type, if there is something to type."""
        wanted = {"words": column, "kind": "td", "column": True, "around": ".o_data_row", "by": by}
        self._hit(wanted)
        if text:
            self.type(text)

    def go(self, *menus: str) -> None:
        """Choose an app and in it the menus with these names."""
        app, *rest = menus
        if self._fingers:
            self.click("", ".o_mobile_menu, .o_menu_toggle", part=True)
            self.click("All Apps", BUTTON) if self.sees("All Apps") else None
            self.click(app, ".o_app")
            if rest:
                self.click("", ".o_menu_toggle", part=True)
                self.click(rest[-1], ".o_app_menu_sidebar li")
            return
        self.click("Home Menu", BUTTON)
        self.click(app, ".o_app")
        for number, menu in enumerate(rest):
            self.click(
                menu, ".o_menu_sections button, .o_menu_sections a" if not number else ".o-dropdown--menu a"
            )

    def write(self, field: str, text: str, *, by: str = "") -> None:
        """Click into a field and type, in the place of what is in it."""
        self.click(field, "label, input, textarea", by=by)
        self.type(text)

    def take(self, option: str) -> None:
        """Choose what a field offers."""
        self.click(option, OPTION)

    def choose(self, field: str, typed: str, option: str = "", *, by: str = "") -> None:
        """Click into a field, type a part of a name, and choose what is offered."""
        self.write(field, typed, by=by)
        self.take(option or typed)

    def pick(self, field: str, option: str, *, by: str = "") -> None:
        """Click into a field and choose from what is offered, without typing."""
        self.click(field, "label, input", by=by)
        self.take(option)

    def type(self, text: str) -> None:
        """Type where the cursor is, in the place of what is there."""
        self._key("a", 65, modifiers=2, commands=["selectAll"])
        self.browser.call("Input.insertText", text=text)
        self.browser.settle(f"typing {text}")

    def press(self, key: str, code: int) -> None:
        """Press a key that writes nothing."""
        self._key(key, code)
        self.browser.settle(f"the key {key}")

    def reads(self, *words: str, seconds: float = FOUND_WITHIN_S) -> None:
        """See all these words, now or soon."""
        condition = " && ".join(f"{_READS}.includes({json.dumps(each)})" for each in words)
        self.browser.wait(condition, f"{words}", patient(seconds))
        progress(f"{self.login} reads {words}")

    def sees(self, words: str) -> bool:
        """Whether these words are on the screen now."""
        return bool(self.browser.run(f"{_READS}.includes({json.dumps(words)})"))

    def save_in(self, folder: Path) -> None:
        """Have the browser keep there what is downloaded."""
        self.browser.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def picture(self, name: str) -> Path:
        """Keep a picture of the screen."""
        data = self.browser.call("Page.captureScreenshot")["data"]
        self.pictures.mkdir(parents=True, exist_ok=True)
        path = self.pictures / f"{name}.png"
        path.write_bytes(base64.b64decode(str(data)))
        return path

    def _hit(self, wanted: dict[str, object]) -> None:
        """Find it, wait until it stays where it is, and press there."""
        told = " ".join(str(wanted[name]) for name in ("words", "by", "kind") if wanted[name])
        end = time.monotonic() + patient(FOUND_WITHIN_S)
        last: object = None
        while True:
            found = self._look(wanted)
            free = [each for each in found if each["free"]]
            if len(free) == 1 and free == last:
                break
            last = free
            assert time.monotonic() < end, f"{self.login} cannot click {told}: {found}"
            time.sleep(0.05)
        self.clicks += 1
        progress(f"{self.login} clicks {told}")
        self._press_at(free[0]["x"], free[0]["y"])
        self.browser.settle(f"the click on {told}")

    def _look(self, wanted: dict[str, object]) -> list[dict[str, Any]]:
        """All that is seen of it: where its middle is, and whether a click there would hit it (`free`)."""
        found = self.browser.run(f"{_SIGHT}({json.dumps(wanted)})")
        assert isinstance(found, list)
        return found

    def _press_at(self, x: float, y: float) -> None:
        if self._fingers:
            self.browser.call("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
            self.browser.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])
            return
        self.browser.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        for kind in ("mousePressed", "mouseReleased"):
            self.browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def _key(self, key: str, code: int, **more: object) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.browser.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                windowsVirtualKeyCode=code,
                **(more if kind == "rawKeyDown" else {}),
            )
