"""The charts, each a pure function of what is to be drawn."""
