"""A thread that does one thing over and over and dies of nothing."""

import threading
from collections.abc import Callable

import structlog

report = structlog.get_logger("huisheng.engine")

LONGEST_PAUSE = 10.0


class Loop:
    """Calls `turn` again and again; it returns how many seconds to pause before the next time.

    An error is reported, kept in `trouble`, and tried again with a growing pause.
    """

    def __init__(self, name: str, turn: Callable[[], float]) -> None:
        self.name = name
        self.turn = turn
        self.trouble = ""
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def start(self) -> None:
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name=f"huisheng-{self.name}", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                pause = self.turn()
                failures, self.trouble = 0, ""
            except Exception as error:
                failures += 1
                pause = min(0.05 * 2.0**failures, LONGEST_PAUSE)
                if self._stop.is_set():
                    return
                self.trouble = repr(error)
                report.warning(f"{self.name}.retry", error=self.trouble, again_in=pause)
            if pause > 0:
                self._stop.wait(pause)

    def ask_to_stop(self) -> None:
        self._stop.set()

    def stop(self) -> None:
        """Ask it to end, and wait for the turn under way (at most 10 s)."""
        self.ask_to_stop()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=10)
        self._thread = None
