"""Showing gdtui in a browser: Textual's own driver for textual-serve, changed to end with the server."""

from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Sends what is drawn to standard output, and reads keys from standard input."""

    def run_input_thread(self) -> None:
        """Read keys until the server is gone, then exit; Textual's own driver would continue with nobody watching."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.call_later(self._app.exit)
