"""Libraries that gdtui does without: a test that needs one skips where it is not installed, but never in .ci/run."""

import importlib
import os
from types import ModuleType

import pytest


def needed(name: str) -> ModuleType:
    """A library; where it is not installed the test skips, unless GDTUI_TESTS_SKIP_NONE is set."""
    return importlib.import_module(name) if os.environ.get("GDTUI_TESTS_SKIP_NONE") else pytest.importorskip(name)
