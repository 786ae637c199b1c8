"""The event library's own persistence test cases.

Their module imports the library's cipher, for cases not used here, and that a package we have no use for (the
vault seals): a stand-in takes its place during the import.
"""

import sys
from types import ModuleType

cipher = ModuleType("eventsourcing.cipher")
cipher.AESCipher = object  # type: ignore[attr-defined]
sys.modules[cipher.__name__] = cipher
try:
    from eventsourcing.tests import persistence
finally:
    del sys.modules[cipher.__name__]

__all__ = ["persistence"]
