"""In a browser: Textual's own driver for textual-serve, which ends with the server."""

from textual.drivers.web_driver import WebDriver


class BrowserDriver(WebDriver):
    """Passes on what is drawn, and reads keys, through standard output and input."""

    def run_input_thread(self) -> None:
        """Read keys until the server has gone; Textual's own driver would go on without anybody to see it."""
        super().run_input_thread()
        if not self.exit_event.is_set():
            self._app.call_later(self._app.exit)
