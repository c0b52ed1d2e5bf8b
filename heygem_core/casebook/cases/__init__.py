"""One module per case; each exports ``CASE``."""
