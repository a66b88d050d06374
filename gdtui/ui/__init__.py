"""The screens, in Textual: the lab, a lesson, and what they are made of."""

import os

os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")  # read at Textual's import; the protocol breaks input methods
