"""How many examples a test of random inputs takes."""

from typing import Any

from hypothesis import settings


def examples(count: int, **others: Any) -> settings:
    """So many under `--hypothesis-profile ci`, an eighth of them otherwise; none has a deadline."""
    is_full = settings.get_current_profile_name() == "ci"
    return settings(max_examples=count if is_full else -(-count // 8), deadline=None, **others)
