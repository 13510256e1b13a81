"""A headless Chromium, driven over the DevTools protocol."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from urllib.request import Request, urlopen

import websocket

from ..checks.browser import NAMES
from ..problem import Problem
from ..process import end, guarded
from ..stack import Stack
from ..testing import logins
from ..testing.pace import patient

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
ANSWERS_WITHIN_S = 60.0
SETTLES_WITHIN_S = 20.0
POLL_S = 0.1

# Kept in the session of the page, so that what one page says is still there on the next.
_NOTE_TROUBLE = """
    (() => {
        const note = (text) => {
            const noted = JSON.parse(sessionStorage.getItem("fusionTrouble") || "[]");
            sessionStorage.setItem("fusionTrouble", JSON.stringify([...noted, String(text).slice(0, 500)]));
        };
        const told = (error) => (error?.cause ? `${error.message}: ${told(error.cause)}` : error?.stack || error);
        for (const level of ["error", "warn"]) {
            const say = console[level];
            console[level] = (...parts) => {
                note(parts.map(told).join(" "));
                say.apply(console, parts);
            };
        }
        window.addEventListener("error", ({ message }) => note(message));
        window.addEventListener("unhandledrejection", ({ reason }) => note(told(reason)));
    })();
"""
_TAKE_TROUBLE = """
    (() => {
        const noted = JSON.parse(sessionStorage.getItem("fusionTrouble") || "[]");
        sessionStorage.removeItem("fusionTrouble");
        return noted;
    })()
"""
# Longer timers are the rhythm of a page; nobody waits for them.
_NOTE_WORK = """
    (() => {
        const SOON = 600;
        const work = new Map();
        const timers = new Map();
        const during = (what, promise) => {
            const key = Symbol();
            work.set(key, what);
            return promise.finally(() => work.delete(key));
        };
        const { fetch, setTimeout, clearTimeout } = window;
        window.fetch = (...parts) => during(`fetch ${parts[0]?.url || parts[0]}`, fetch(...parts));
        const { open, send } = XMLHttpRequest.prototype;
        const urls = new WeakMap();
        XMLHttpRequest.prototype.open = function (method, url, ...parts) {
            urls.set(this, url);
            return open.call(this, method, url, ...parts);
        };
        XMLHttpRequest.prototype.send = function (...parts) {
            const key = Symbol();
            work.set(key, `request ${urls.get(this)}`);
            this.addEventListener("loadend", () => work.delete(key), { once: true });
            return send.apply(this, parts);
        };
        window.setTimeout = (call, delay = 0, ...parts) => {
            const timer = setTimeout(() => {
                try {
                    call(...parts);
                } finally {
                    timers.delete(timer);
                }
            }, delay);
            timers.set(timer, delay);
            return timer;
        };
        window.clearTimeout = (timer) => {
            timers.delete(timer);
            clearTimeout(timer);
        };
        // Owl keeps what failed in its list until it is asked to go through it, or even longer with nothing to do.
        const isRendering = ({ scheduler }) => {
            scheduler.processTasks();
            return [...scheduler.tasks].some(({ counter }) => counter);
        };
        const left = () => [
            ...(document.readyState === "complete" ? [] : ["loading"]),
            ...work.values(),
            ...[...timers.values()].filter((delay) => delay <= SOON).map((delay) => `timer of ${delay} ms`),
            ...[...(window.owl?.App.apps || [])].filter(isRendering).map(({ name }) => `rendering of ${name}`),
            ...[...document.querySelectorAll(".o_blockUI, .o_loading_indicator")]
                .map(({ className }) => className),
        ];
        window.fusionWork = { during, left };
    })();
"""
_SETTLE = """
    (async () => {{
        const end = performance.now() + {milliseconds:.0f};
        let left = [];
        for (let calm = 0; calm < 2 && performance.now() < end; calm = left.length ? 0 : calm + 1) {{
            await new Promise(requestAnimationFrame);
            left = fusionWork.left();
        }}
        return left;
    }})()
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
        self._port = 0
        self._page = ""
        self._socket: websocket.WebSocket | None = None

    def __enter__(self) -> Browser:
        try:
            self._port = self._announced_port()
            self._attach(self._new_page())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether it has not ended by itself."""
        return self._child.poll() is None

    def close(self) -> None:
        """End it and remove its profile."""
        if self._socket is not None:
            self._socket.close()
        end(self._child)
        shutil.rmtree(self._profile, ignore_errors=True)

    def forget(self, url: str) -> None:
        """Show a new, empty page and forget who was logged in at `url`, and whatever its pages kept.

        Scripts and styles stay in its cache: another content has another address.
        """
        left = self._page
        self._attach(self._new_page())
        self._ask(f"close/{left}")
        self.call("Network.clearBrowserCookies")
        self.call("Storage.clearDataForOrigin", origin=url, storageTypes="all")

    def log_in(self, stack: Stack, login: str | None = None, password: str | None = None) -> None:
        """Log in to a stack, as its administrator unless somebody else is named; shows a page without a client."""
        session = logins.log_in(stack.url, stack.database, login or stack.login, password or stack.password)
        self.call("Network.setCookie", name="session_id", value=session.cookie, url=stack.url, httpOnly=True)
        self.open(f"{stack.url}/web/health")
        self.wait("document.readyState === 'complete' && location.pathname === '/web/health'", "the server")

    def resize(self, width: int, height: int, *, fingers: bool = False) -> None:
        """From the next page on have a screen of so many CSS pixels; with `fingers` one to be touched."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=fingers,
        )
        self.call("Emulation.setTouchEmulationEnabled", enabled=fingers)

    def hold_like_a_phone(self, width: int, height: int) -> None:
        """From the next page on be a touch screen of so many CSS pixels."""
        self.resize(width, height, fingers=True)

    def be_in_zone(self, zone: str) -> None:
        """Have the clock of this time zone (IANA name) in this and the next pages."""
        self.call("Emulation.setTimezoneOverride", timezoneId=zone)

    def open(self, url: str) -> None:
        """Go to a page; returns before it is loaded."""
        self.call("Page.navigate", url=url)

    def note_trouble(self) -> None:
        """Note from the next page on what goes wrong: errors and warnings of the console, failed promises."""
        self.call("Page.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=_NOTE_TROUBLE)

    def note_work(self) -> None:
        """Note from the next page on what it still has to do, for `settle()`."""
        self.call("Page.enable")
        self.call("Page.addScriptToEvaluateOnNewDocument", source=_NOTE_WORK)

    def settle(self, what: str) -> None:
        """Wait until the page has done what it had to do: no request, no short timer, no rendering is left.

        In the page, `fusionWork.during(what, promise)` makes this wait for a promise besides.
        """
        limit = patient(SETTLES_WITHIN_S)
        left = self.run(_SETTLE.format(milliseconds=limit * 1000))
        if left:
            raise AssertionError(
                f"The browser was not done with {what} after {limit:g} s: {left}. Trouble: {self.trouble()}"
            )

    def trouble(self) -> list[str]:
        """What went wrong since this was asked last."""
        found = self.run(_TAKE_TROUBLE)
        assert isinstance(found, list)
        return found

    def run(self, script: str) -> object:
        """What a JavaScript expression evaluates to in the page; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"In the browser: {answer['exceptionDetails']}")
        return answer["result"].get("value")  # type: ignore[attr-defined]

    def wait(self, condition: str, what: str, timeout: float | None = None) -> None:
        """Wait until a JavaScript expression is true; `timeout` is in seconds and ample unless it is given."""
        deadline = time.monotonic() + (patient(ANSWERS_WITHIN_S) if timeout is None else timeout)
        while not self.run(f"Boolean({condition})"):
            if time.monotonic() > deadline:
                raise AssertionError(f"The browser did not show {what}.")
            time.sleep(POLL_S)

    def call(self, method: str, **parameters: object) -> dict[str, object]:
        """Give a command of the DevTools protocol; its result."""
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

    def _attach(self, page: str) -> None:
        """Drive this page from now on."""
        if self._socket is not None:
            self._socket.close()
        self._socket = websocket.create_connection(
            f"ws://127.0.0.1:{self._port}/devtools/page/{page}",
            timeout=patient(ANSWERS_WITHIN_S),
            suppress_origin=True,
        )
        self._page = page

    def _new_page(self) -> str:
        return str(json.loads(self._ask("new?about:blank", "PUT"))["id"])

    def _ask(self, path: str, method: str = "GET") -> bytes:
        address = Request(f"http://127.0.0.1:{self._port}/json/{path}", method=method)
        with urlopen(address, timeout=patient(ANSWERS_WITHIN_S)) as answer:
            return bytes(answer.read())

    def _announced_port(self) -> int:
        """The port the browser listens on, which it writes down when it is up."""
        announced = self._profile / "DevToolsActivePort"
        deadline = time.monotonic() + patient(STARTED_WITHIN_S)
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                raise Problem(f"The browser ended at once (exit code {self._child.returncode}).")
            lines = announced.read_text().splitlines() if announced.exists() else []
            if lines:
                return int(lines[0])
            time.sleep(POLL_S)
        raise Problem(f"The browser was not up within {patient(STARTED_WITHIN_S):.0f} s.")
