"""Experiments about libraries and environments; each runs in a process made for it, where that matters."""
