"""The plotting library as one script, out of the wheel that carries it."""

from __future__ import annotations

from heygem_core.errors import MissingPackage

SNIPPET = "window.vegaEmbed = vegaEmbed;"
"""What the bundle ends with; everything that this does not need is left out of it."""


def script() -> str:
    """Return Vega, Vega-Lite and Vega-Embed, bundled (0.9 MB, takes 2 s); raises `MissingPackage` without the wheel."""
    try:
        from vl_convert import javascript_bundle
    except ImportError as error:
        raise MissingPackage("vl-convert-python is not installed: pip install 'heygem-core[bench]'") from error
    bundle: str = javascript_bundle(SNIPPET)
    return bundle
