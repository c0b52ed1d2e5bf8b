"""Says as JSON what a session gets here, in a process of its own: the import may crash, and it loads CUDA's libraries.

python -m heygem_core.scale.applied cuda
"""

from __future__ import annotations

import json
import sys
from typing import Any, cast, get_args

from heygem_core.diagnosis.probe import TINY_MODEL
from heygem_core.errors import HeygemError, describe
from heygem_core.runtime.session import Provider, create_session


def applied(provider: Provider) -> dict[str, Any]:
    """Create and run a session as the pipeline's stages do; return ``applied``, or an error's description."""
    try:
        session = create_session(TINY_MODEL, provider, threads=1)
        import numpy as np

        session.session.run(None, {"x": np.ones((1, 1, 4, 4), np.float32)})
    except HeygemError as error:
        return describe(error)
    except Exception as error:  # onnxruntime's errors, and those of an import, share no base class
        return describe(HeygemError(f"{type(error).__name__}: {error}"))
    return {"applied": session.applied, "warning": session.warning}


if __name__ == "__main__":
    asked = sys.argv[1]
    if asked not in get_args(Provider):
        sys.exit(f"unknown provider {asked!r}")
    sys.stdout.write(json.dumps(applied(cast("Provider", asked))) + "\n")
