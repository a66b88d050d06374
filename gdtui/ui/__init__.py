"""All that knows Textual."""

import os

os.environ.setdefault("TEXTUAL_DISABLE_KITTY_KEY", "1")  # read at Textual's import; the protocol breaks input methods
