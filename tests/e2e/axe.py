"""What axe-core, the engine of accessibility checks, finds in a page, in elements of ours."""

from __future__ import annotations

import json
from importlib.resources import files

from fusion_cli.bench.browser import Browser

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
"""WCAG 2.2, levels A and AA, and what axe-core thinks is good besides."""
OURS = (
    ".o_fusion_overview",
    ".o_list_renderer",
    ".o_kanban_renderer",
    ".o_form_sheet",
    ".o_fusion_alert_systray",
    ".o_fusion_alert_menu",
    ".o_fusion_runtime_systray",
    ".o_fusion_strip",
    ".o_fusion_alert_told",
)
"""CSS selectors of what is looked at, with all that is in it. The rest of a page is Odoo's: menus, control panel,
search, chatter."""
ODOO = {
    "aria-allowed-attr": ".o-dropdown-item, .o-autocomplete--input, .o_field_widget .o-dropdown",
    "aria-allowed-role": "article.o_kanban_record",
    "aria-required-parent": ".nav-link[role=tab]",
    "autocomplete-valid": ".o_select_menu_input",
    "button-name": ".o_optional_columns_dropdown *",
    "color-contrast": ".o_form_label",
    "empty-table-header": ".o_list_record_selector, .o_list_actions_header, .o_list_button, .o_handle_cell",
    "image-alt": ".o_avatar img",
    "label": ".o_list_record_selector *",
}
"""CSS selectors of what is in there and not ours, by the rule that it does not keep."""
# Without a part of the page that is looked at, axe-core would look at all of it. What is half faded in has colours that
# nobody sees.
_RUN = """
    (async () => {{
        const still = '* {{ transition: none !important; animation: none !important }}';
        document.head.append(Object.assign(document.createElement('style'), {{ textContent: still }}));
        const {{ violations }} = await axe.run(
            {{ include: {ours}.filter((selector) => document.querySelector(selector)) }},
            {{ runOnly: {rules}, resultTypes: ['violations'], elementRef: true }},
        );
        return violations.flatMap(({{ id, impact, nodes }}) => nodes
            .filter(({{ element }}) => !({odoo}[id] && element.matches({odoo}[id])))
            .map(({{ element, failureSummary }}) => [`${{id}} (${{impact}})`, element, failureSummary])
            .map(([rule, {{ outerHTML }}, why]) => `${{rule}}: ${{outerHTML.slice(0, 300)}}\\n${{why}}`));
    }})()
"""


def findings(browser: Browser) -> list[str]:
    """What of ours is wrong for somebody who hears the page, or sees it badly, or has no mouse."""
    if not browser.run("Boolean(window.axe)"):
        script = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
        browser.run(f"{script};undefined")
    names = {"ours": OURS, "odoo": ODOO, "rules": RULES}
    found = browser.run(_RUN.format(**{name: json.dumps(value) for name, value in names.items()}))
    assert isinstance(found, list)
    return found
