"""A headless Chromium, driven over the DevTools protocol."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from urllib.request import urlopen

import websocket

from ..checks.browser import NAMES
from ..problem import Problem
from ..process import end, guarded
from ..stack import Stack

SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--window-size=1366,768",
    "--remote-debugging-port=0",
)
STARTED_WITHIN_S = 60.0
POLL_S = 0.1

# Kept in the session of the page, so that what one page says is still there on the next.
_NOTE_TROUBLE = """
    (() => {
        const note = (text) => {
            const noted = JSON.parse(sessionStorage.getItem("fusionTrouble") || "[]");
            sessionStorage.setItem("fusionTrouble", JSON.stringify([...noted, String(text).slice(0, 500)]));
        };
        for (const level of ["error", "warn"]) {
            const say = console[level];
            console[level] = (...parts) => {
                note(parts.map((part) => part?.stack || part).join(" "));
                say.apply(console, parts);
            };
        }
        window.addEventListener("error", ({ message }) => note(message));
        window.addEventListener("unhandledrejection", ({ reason }) => note(reason?.stack || reason));
    })();
"""
_TAKE_TROUBLE = """
    (() => {
        const noted = JSON.parse(sessionStorage.getItem("fusionTrouble") || "[]");
        sessionStorage.removeItem("fusionTrouble");
        return noted;
    })()
"""
_LOG_IN = """
    fetch("/web/session/authenticate", {{
        method: "POST", headers: {{"Content-Type": "application/json"}},
        body: JSON.stringify({{jsonrpc: "2.0", params: {parameters}}}),
    }}).then((answer) => answer.json()).then((found) => Boolean(found.result && found.result.uid))
"""


def available() -> bool:
    """Whether this machine has a browser that can be driven."""
    return any(shutil.which(name) for name in NAMES)


class Browser:
    """One page of a browser with a profile of its own; use it as a context manager."""

    def __init__(self) -> None:
        program = next((found for name in NAMES if (found := shutil.which(name))), None)
        if program is None:
            raise Problem("There is no Chromium on this machine.")
        self._profile = Path(tempfile.mkdtemp(prefix="fusion-bench-"))
        self._child = subprocess.Popen(
            guarded([program, *SWITCHES, f"--user-data-dir={self._profile}", "about:blank"]),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._calls = 0
        self._socket: websocket.WebSocket | None = None

    def __enter__(self) -> Browser:
        try:
            self._socket = websocket.create_connection(
                self._page_address(), timeout=STARTED_WITHIN_S, suppress_origin=True
            )
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it and remove its profile."""
        if self._socket is not None:
            self._socket.close()
        end(self._child)
        shutil.rmtree(self._profile, ignore_errors=True)

    def log_in(self, stack: Stack, login: str | None = None, password: str | None = None) -> None:
        """Log in to a stack, as its administrator unless somebody else is named."""
        self.open(f"{stack.url}/web/login")
        self.wait("document.readyState === 'complete' && location.pathname === '/web/login'", "the login")
        parameters = {
            "db": stack.database,
            "login": login or stack.login,
            "password": password or stack.password,
        }
        if not self.run(_LOG_IN.format(parameters=json.dumps(parameters))):
            raise AssertionError("The browser could not log in.")

    def hold_like_a_phone(self, width: int, height: int) -> None:
        """From the next page on be a touch screen of so many CSS pixels."""
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=True,
        )
        self._call("Emulation.setTouchEmulationEnabled", enabled=True)

    def open(self, url: str) -> None:
        """Go to a page; returns before it is loaded."""
        self._call("Page.navigate", url=url)

    def note_trouble(self) -> None:
        """Note from the next page on what goes wrong: errors and warnings of the console, failed promises."""
        self._call("Page.enable")
        self._call("Page.addScriptToEvaluateOnNewDocument", source=_NOTE_TROUBLE)

    def trouble(self) -> list[str]:
        """What went wrong since this was asked last."""
        found = self.run(_TAKE_TROUBLE)
        assert isinstance(found, list)
        return found

    def run(self, script: str) -> object:
        """What a JavaScript expression evaluates to in the page; a promise is waited for."""
        answer = self._call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"In the browser: {answer['exceptionDetails']}")
        return answer["result"].get("value")  # type: ignore[attr-defined]

    def wait(self, condition: str, what: str, timeout: float = 60.0) -> None:
        """Wait until a JavaScript expression is true."""
        deadline = time.monotonic() + timeout
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > deadline:
                raise AssertionError(f"The browser did not show {what}.")
            time.sleep(POLL_S)

    def _call(self, method: str, **parameters: object) -> dict[str, object]:
        assert self._socket is not None
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": parameters}))
        while True:
            found = json.loads(self._socket.recv())
            if found.get("id") == self._calls:
                break
        if "error" in found:
            raise AssertionError(f"The browser refused {method}: {found['error'].get('message')}")
        return dict(found["result"])

    def _page_address(self) -> str:
        """The address of the page's socket, which the browser writes down when it is up."""
        announced = self._profile / "DevToolsActivePort"
        deadline = time.monotonic() + STARTED_WITHIN_S
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                raise Problem(f"The browser ended at once (exit code {self._child.returncode}).")
            lines = announced.read_text().splitlines() if announced.exists() else []
            if lines:
                with urlopen(f"http://127.0.0.1:{lines[0]}/json", timeout=10.0) as answer:
                    pages = [page for page in json.load(answer) if page["type"] == "page"]
                if pages:
                    return str(pages[0]["webSocketDebuggerUrl"])
            time.sleep(POLL_S)
        raise Problem(f"The browser was not up within {STARTED_WITHIN_S:.0f} s.")
