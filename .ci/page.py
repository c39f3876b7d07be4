"""Looks at the status page in Chromium, by its debugging protocol.

In each state and size the page has to render, poll, log no error, load nothing
from elsewhere, fit its width and satisfy axe-core.
"""

import base64
import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import websocket

DEADLINE = time.monotonic() + 400  # of a loaded machine; an idle one takes a tenth
AXE = pathlib.Path(importlib.util.find_spec("axe_playwright_python").origin).with_name("axe.min.js").read_text()
LOOKS = [("desktop-light", 1280, 900, "light", False), ("desktop-dark", 1280, 900, "dark", False), ("phone", 390, 844, "light", True)]
faults = []


class Page:
    """A tab, spoken to by the debugging protocol."""

    def __init__(self, port):
        request = urllib.request.Request(f"http://127.0.0.1:{port}/json/new?about:blank", method="PUT")
        tab = json.load(urllib.request.urlopen(request, timeout=10))
        self.socket = websocket.create_connection(tab["webSocketDebuggerUrl"], timeout=30, suppress_origin=True)
        self.last = 0
        self.said, self.asked = [], []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")
        self.call("Page.bringToFront")  # a hidden page does not poll

    def call(self, method, **params):
        self.last += 1
        self.socket.send(json.dumps({"id": self.last, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.note(answer)

    def note(self, event):
        params = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                self.said.append(params["exceptionDetails"]["text"])
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                self.said.append(str([a.get("value") for a in params["args"]]))
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.said.append(params["entry"]["text"])
            case "Network.requestWillBeSent":
                self.asked.append(params["request"]["url"])

    def evaluate(self, expression):
        got = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in got:
            raise RuntimeError(got["exceptionDetails"])
        return got["result"].get("value")

    def until(self, what, expression):
        while not self.evaluate(expression):
            if time.monotonic() > DEADLINE:
                raise SystemExit(f"still waiting: {what}; the console has {self.said}, asked was {self.asked}")
            time.sleep(0.1)


def look(page, url, name, width, height, scheme, phone, into):
    def fault(text):
        faults.append(f"{name}: {text}")

    page.said, page.asked = [], []
    page.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    page.call("Page.navigate", url=url)
    page.until("the page", f"location.href === {json.dumps(url)} && document.readyState === 'complete' && !!document.getElementById('live')")
    polls = 1 if phone or scheme == "dark" else 2
    page.until("a poll", f"performance.getEntriesByType('resource').filter(r => r.name.endsWith('api/v1/status') && r.responseStatus === 200).length >= {polls}")
    title = page.evaluate("document.querySelector('#light').textContent")
    if not title or title not in page.evaluate("document.title") or title != page.evaluate("document.getElementById('said').textContent"):
        fault(f"title, live region and light disagree: {title!r}")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if wide > 0:
        fault(f"it is {wide} pixels too wide")
    # The keyboard reaches the skip link first, and then all that can be scrolled.
    page.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    page.call("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
    if page.evaluate("document.activeElement.className") != "skip":
        fault("the first stop of the Tab key is not the skip link")
    page.evaluate("document.activeElement.blur()")
    lost = page.evaluate("[...document.querySelectorAll('table')].filter(t => !t.caption || !t.caption.textContent.trim()).length")
    if lost:
        fault(f"{lost} tables have no caption")
    page.evaluate(AXE + "; 0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.target + ' ' + n.failureSummary).join('; ')}`))")
    for violation in found:
        fault("axe: " + violation)
    for text in page.said:
        fault("console: " + text)
    for asked in page.asked:
        if not asked.startswith(url.rsplit("/", 2)[0]) and not asked.startswith("about:"):
            fault("it asks " + asked)
    size = page.call("Page.getLayoutMetrics")["cssContentSize"]
    shot = page.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                     clip={"x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1})
    (into / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))


def away(page, url, server):
    """A server that ends is told of, once, and what is shown stays."""
    page.call("Page.navigate", url=url)
    page.until("the page", "document.readyState === 'complete' && !!document.getElementById('live')")
    server.send_signal(signal.SIGINT)
    server.wait(10)
    page.until("the end of the server", "document.getElementById('said').textContent === 'Sluice does not answer'")
    if not page.evaluate("!!document.querySelector('#partitions')"):
        faults.append("away: what was shown is gone")


def main(binary, into):
    into = pathlib.Path(into)
    into.mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen([binary], stdout=subprocess.PIPE, text=True, env=os.environ | {"SLUICE_TEST_SERVE_PAGES": "1"})
    profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    browser = subprocess.Popen(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0", f"--user-data-dir={profile.name}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        urls = []
        for line in server.stdout:
            if line.strip() == "serving":
                break
            urls.append(line.strip())
        told = pathlib.Path(profile.name, "DevToolsActivePort")
        while not (told.exists() and told.read_text().count("\n")):
            if time.monotonic() > DEADLINE or browser.poll() is not None:
                raise SystemExit("chromium did not start")
            time.sleep(0.1)
        page = Page(told.read_text().split()[0])
        for url in urls:
            state = url.rstrip("/").rsplit("/", 1)[1]
            for name, width, height, scheme, phone in LOOKS:
                look(page, url, f"{state}-{name}", width, height, scheme, phone, into)
        away(page, urls[2], server)
    finally:
        browser.terminate()
        server.terminate()
        browser.wait(10)
        server.wait(10)
        profile.cleanup()
    for text in faults:
        print(text)
    print(f"{len(urls)} states, {len(LOOKS)} looks each: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
