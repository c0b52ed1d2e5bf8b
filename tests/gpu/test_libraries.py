"""LD_LIBRARY_PATH and preloading with the real CUDA libraries, and the guard's error where they are hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from heygem_core.casebook.cases.library_path import EXPECTED
from heygem_core.casebook.probes import core, hiding
from heygem_core.errors import Cause
from heygem_core.runtime import libraries, loading
from heygem_core.runtime.environment import LIBRARY_PATH
from heygem_core.runtime.session import CPU, CUDA
from tests.gpu.experiments import hosted_here
from tests.gpu.observing import library_matrix

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]


@pytest.fixture
def provider() -> Path:
    """Return the CUDA provider library."""
    found = libraries.provider_library()
    assert found is not None
    return found


@pytest.fixture
def only_from_pip(provider: Path) -> None:
    """Skip where the system's own paths hold the CUDA libraries: then every way finds them."""
    if loading.probe(provider, exported={LIBRARY_PATH: ""}).error is None:
        pytest.skip("the CUDA libraries lie on the system's own path, so that no way of telling makes a difference")
    if not libraries.nvidia_directories():
        pytest.skip("the CUDA libraries are not from pip, so that there are no folders to tell")


@pytest.mark.usefixtures("only_from_pip")
def test_the_matrix_holds_for_the_real_cuda_libraries(provider: Path) -> None:
    """Exported, spawned, forked, forkserver before and after, set within the process, loaded by absolute path."""
    seen = library_matrix(provider, libraries.nvidia_directories())
    assert {way: error is None for way, error in seen.items()} == EXPECTED, seen


@pytest.mark.usefixtures("only_from_pip")
@pytest.mark.parametrize(("first", "applied"), [("nothing", CPU), ("preload_dlls", CUDA), ("torch", CUDA)])
def test_what_is_loaded_first_decides(first: str, applied: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain session without LD_LIBRARY_PATH: on the CPU without a word, on CUDA after preload_dlls or torch.

    After torch only where torch brings the same CUDA; otherwise that is skipped, not guessed.
    """
    if first == "torch":
        torch = pytest.importorskip("torch")
        needed = loading.probe(libraries.provider_library() or Path(), exported={LIBRARY_PATH: ""}).first_missing or ""
        if torch.version.cuda is None or f".so.{torch.version.cuda.split('.')[0]}" not in needed:
            pytest.skip(f"torch was built for CUDA {torch.version.cuda}, the provider misses {needed}")
    monkeypatch.delenv(LIBRARY_PATH, raising=False)
    told = hosted_here("preloaded", first=first)
    assert told["applied"] == applied, told


def test_hidden_libraries_are_the_guard_s_error_and_no_run_on_the_cpu(provider: Path, tmp_path: Path) -> None:
    """A stage that asks for CUDA where a CUDA library is broken fails by name, or has found it by absolute path."""
    done = core.asking_for_cuda(hiding.without_cuda(provider, tmp_path))
    if done.cause is None:
        assert done.noted["applied"] == CUDA
    else:
        assert done.cause in {Cause.MISSING_CUDA_LIBRARY, Cause.CUDA_VERSION_MISMATCH}
