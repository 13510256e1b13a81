"""What the tests that walk through the screens of the suite have in common."""

from __future__ import annotations

import time

from fusion_cli.bench.browser import Browser

SETTLE_S = 0.6
SHOWN = "document.querySelector('.o_action_manager > .o_action') && !document.querySelector('.o_blockUI')"
_VIEWS = """[...document.querySelectorAll('.o_cp_switch_buttons .o_switch_view')]
    .map((button) => [...button.classList].find((name) => /^o_(?!switch_view)/.test(name)))"""
_ROW = ".o_data_row td.o_data_cell:not(.o_handle_cell), .o_kanban_record:not(.o_kanban_ghost)"
_TABS = "document.querySelectorAll('.o_form_view .o_notebook_headers .nav-link')"


def look_around(browser: Browser) -> None:
    """Go through the views of what is open, into the first record, and through its tabs."""
    time.sleep(SETTLE_S)
    views = browser.run(_VIEWS)
    assert isinstance(views, list)
    for view in [*views, *(["o_list"] if "o_list" in views else [])]:
        _click(browser, f"document.querySelector('.o_cp_switch_buttons .{view}')")
        browser.wait(SHOWN, view)
    _click(browser, f"document.querySelector({_ROW!r})")
    tabs = browser.run(f"{_TABS}.length")
    assert isinstance(tabs, int)
    for index in range(tabs):
        _click(browser, f"{_TABS}[{index}]")


def _click(browser: Browser, element: str) -> None:
    browser.run(f"void {element}?.click()")
    time.sleep(SETTLE_S)
