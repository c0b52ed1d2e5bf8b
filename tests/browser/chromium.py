"""Debian's Chromium, headless, with a profile of its own that goes when it ends."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DEADLINE_S = 60.0


def missing() -> str | None:
    """Return what keeps a browser from being started here, None for nothing."""
    try:
        import selenium  # noqa: F401 - only asked for
    except ImportError:
        return "selenium is not installed: nox -s browser"
    if not any(map(shutil.which, BROWSERS)):
        return f"none of {', '.join(BROWSERS)} is installed: apt-get install chromium chromium-driver"
    return None if shutil.which("chromedriver") else "chromedriver is not installed: apt-get install chromium-driver"


class Browser:
    """One window; ``driver`` is selenium's."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def ask(self, script: str, *arguments: object) -> Any:
        """Return what the JavaScript expression ``script`` gives in the page."""
        return self.driver.execute_script(f"return {script}", *arguments)

    def open(self, page: Path, *, width: int = 1200, scheme: str = "light") -> None:
        """Show ``page`` in a window of ``width`` pixels, as somebody whose system is ``scheme`` sees it."""
        self._command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.resize(width)
        self.driver.get(page.as_uri())

    def resize(self, width: int, height: int = 900) -> None:
        """Give the window another size; below 600 pixels of width it is a phone's."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._command("Emulation.setDeviceMetricsOverride", **size)

    def settle(self, condition: str) -> None:
        """Wait until the JavaScript expression ``condition`` is true."""
        deadline = time.monotonic() + DEADLINE_S
        while not self.ask(condition):
            assert time.monotonic() < deadline, f"not within {DEADLINE_S} s: {condition}"
            time.sleep(0.05)

    def said(self) -> list[str]:
        """Return what the page wrote to its console since the last call, warnings included."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Return the addresses that were asked for on behalf of a page from a file since the last call."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [event["params"] for event in events if event["method"] == "Network.requestWillBeSent"]
        # The browser's own first page asks for parts of the browser.
        return [one["request"]["url"] for one in sent if one["documentURL"].startswith("file:")]

    def _command(self, name: str, **parameters: object) -> None:
        self.driver.execute_cdp_cmd(name, parameters)


@contextmanager
def chromium(downloads: Path) -> Iterator[Browser]:
    """Start the browser; what it downloads lies in ``downloads``."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    profile = tempfile.mkdtemp(prefix="chromium-")
    options = webdriver.ChromeOptions()
    options.binary_location = next(found for name in BROWSERS if (found := shutil.which(name)))
    for flag in (*FLAGS, f"--user-data-dir={profile}", "--lang=en-US"):
        options.add_argument(flag)
    # Many downloads from one page would have to be allowed by hand.
    allowed = {"profile.default_content_setting_values.automatic_downloads": 1}
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads), **allowed})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # Its driver is named, so that selenium does not go looking for one.
    driver = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
        shutil.rmtree(profile, ignore_errors=True)
