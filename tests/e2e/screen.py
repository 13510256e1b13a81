"""What somebody sees of alerts who has the Overview before him: messages that pop up, the bell, numbers and lists."""

from __future__ import annotations

from fusion_cli.bench.browser import Browser
from fusion_cli.stack import Stack

# A message of a warning goes away by itself, so each is noted when it comes.
_NOTE_MESSAGES = """
    (() => {
        const known = new WeakSet();
        window.fusionTold = [];
        new MutationObserver(() => {
            for (const message of document.querySelectorAll('.o_fusion_alert_told')) {
                if (!known.has(message)) {
                    known.add(message);
                    window.fusionTold.push(message.innerText);
                }
            }
        }).observe(document.body, { childList: true, subtree: true });
    })()
"""
_BELL = "document.querySelector('.o_fusion_alert_systray').dataset"
_TILE = ".o_fusion_tile[data-tile={}]"
_ROWS = "[...document.querySelectorAll('.o_list_view .o_data_row')]"
_OVERVIEW = "document.querySelector('.o_fusion_overview')"


class Screen:
    """A browser with the web client of a stack."""

    def __init__(self, browser: Browser, stack: Stack) -> None:
        self.browser, self.stack = browser, stack

    def open(self, login: str) -> None:
        """Log in, and stay on the first screen from then on."""
        self.browser.log_in(self.stack, login, login)
        self.browser.open(f"{self.stack.url}/odoo")
        self.browser.wait(f"{_OVERVIEW} && window.fusionWork", f"the first screen of {login}")
        self.browser.settle("the first screen")
        self.browser.run(_NOTE_MESSAGES)

    def told(self, words: str) -> int:
        """How many messages with these words have popped up."""
        messages = self.browser.run("window.fusionTold")
        assert isinstance(messages, list)
        return sum(words in message for message in messages)

    def messages(self) -> int:
        """How many messages of alerts lie on the screen."""
        count = self.browser.run("document.querySelectorAll('.o_fusion_alert_told').length")
        assert isinstance(count, int)
        return count

    def bell(self) -> tuple[int, str]:
        """How many alerts the menu bar tells, and how bad the worst is that nobody has acknowledged."""
        count, level = self.browser.run(f"[Number({_BELL}.count || 0), {_BELL}.level || '']")  # type: ignore[misc]
        return count, level

    def shows(self, tile: str, count: int, timeout: float) -> None:
        """See this number on a tile of the Overview, in so many seconds at most; a tile with none may be left out."""
        number = f"document.querySelector('{_TILE.format(tile)} .o_fusion_tile_count')"
        self.browser.wait(f"Number({number}?.innerText || 0) === {count}", f"{count} on {tile}", timeout)

    def attends(self) -> list[str]:
        """What needs attention, as the Overview says it, the most urgent first."""
        items = self.browser.run(
            "[...document.querySelectorAll('.o_fusion_item')].map((item) => item.innerText)"
        )
        assert isinstance(items, list)
        return items

    def behind(self, tile: str) -> list[str]:
        """The rows of the list that a tile opens; comes back to the Overview."""
        self.browser.run(f"document.querySelector('{_TILE.format(tile)}').click()")
        self.browser.wait(f"{_ROWS}.length", f"the list behind {tile}")
        self.browser.settle(f"the list behind {tile}")
        rows = self.browser.run(f"{_ROWS}.map((row) => row.innerText)")
        assert isinstance(rows, list)
        self.browser.run("history.back()")
        self.browser.wait(_OVERVIEW, "the Overview")
        self.browser.settle("the Overview")
        return rows
