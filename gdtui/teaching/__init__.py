"""Lessons, predictions, diagnoses and grades. Knows neither torch nor Textual."""
