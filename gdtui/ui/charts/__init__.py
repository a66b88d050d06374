"""The charts. Each is a pure function of what it draws."""
