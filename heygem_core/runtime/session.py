"""Creating onnxruntime sessions that run where they were asked to run, or say why not.

The one proof is what the *session* applied, ``get_providers()[0]`` after its creation: neither the list of
available providers, nor ``get_device()``, nor video memory in use says anything about it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from heygem_core.errors import BadModel, ProviderNotApplied
from heygem_core.runtime import environment, libraries, refusal, stderr, tensorrt
from heygem_core.runtime.tuning import PLAIN, Tuning

Provider = Literal["auto", "cuda", "cpu"]

CUDA = "CUDAExecutionProvider"
CPU = "CPUExecutionProvider"
TENSORRT = tensorrt.PROVIDER


@dataclass(frozen=True)
class Session:
    """A session, and on what it really runs."""

    session: Any
    """The ``onnxruntime.InferenceSession``."""
    requested: Provider
    applied: str
    """`TENSORRT`, `CUDA` or `CPU`: the first provider that the session itself lists."""
    warning: str | None
    """Under ``auto``, one sentence when the CPU was taken in place of CUDA; else None."""
    log: str
    """What onnxruntime wrote to stderr meanwhile, without colours; kept off the terminal, it is evidence."""


def create_session(
    model: str | bytes | Path,
    provider: Provider = "auto",
    *,
    threads: int,
    spinning: bool = False,
    strict: bool = False,
    profile: Path | None = None,
    tuning: Tuning = PLAIN,
    name: str | None = None,
) -> Session:
    """Create a session for ``model`` (a path, or the serialized bytes) on ``provider``.

    ``threads`` is the size of the pool for one operator; ``spinning`` lets idle pool threads burn CPU for
    lower latency; ``strict`` (with "cuda" only) also refuses models of which any node would run on the CPU,
    shape arithmetic included; ``profile`` is the prefix of onnxruntime's profile file; ``name`` is what an error
    calls a model that is given as bytes.

    Raises `ProviderNotApplied` when "cuda" was asked for and not applied, or TensorRT by ``tuning``, its ``cause``
    and message as specific as can be told; `BadModel` when the model cannot be loaded on the CPU either; ValueError
    for bad arguments.
    """
    _check(provider, threads, strict, tuning)
    environment.prepare()
    make = _Maker(model, threads=threads, spinning=spinning, profile=profile, name=name)
    if provider == "cpu":
        return Session(make.on_cpu(), provider, CPU, None, "")
    libraries.preload()
    if tuning.tensorrt:
        tensorrt.preload()
    session, log = make.on_cuda(strict=strict, tuning=tuning)
    applied = session.get_providers()[0] if session is not None else CPU
    if applied == (TENSORRT if tuning.tensorrt else CUDA):
        return Session(session, provider, applied, None, log)
    if tuning.tensorrt:
        raise tensorrt.refused(applied, log)
    if session is None:
        # The same model on the CPU tells a bad model from a bad provider; raises BadModel.
        session = make.on_cpu()
    reason = refusal.explain(log)
    if provider == "cuda":
        error = ProviderNotApplied(f"{CUDA} was asked for, the session runs on {CPU}: {reason.reason}")
        error.cause = reason.cause
        error.add_note(log)
        raise error
    warning = f"running on the CPU, {CUDA} is not available: {reason.reason}"
    return Session(session, provider, applied, warning, log)


def _check(provider: str, threads: int, strict: bool, tuning: Tuning) -> None:
    if provider not in get_args(Provider):
        raise ValueError(f"provider {provider!r} is unknown, allowed are {', '.join(get_args(Provider))}")
    if threads < 1:
        raise ValueError(f"threads is {threads}, it must be at least 1")
    if strict and provider != "cuda":
        raise ValueError(f"strict goes with provider 'cuda' only, not with {provider!r}")
    if tuning.tensorrt and provider != "cuda":
        raise ValueError(f"tensorrt goes with provider 'cuda' only, not with {provider!r}")


class _Maker:
    """Creates sessions for one model with the same options on one provider or another."""

    def __init__(
        self, model: str | bytes | Path, *, threads: int, spinning: bool, profile: Path | None, name: str | None
    ) -> None:
        self._model = str(model) if isinstance(model, Path) else model
        self._named = f"{self._model!r}" if isinstance(self._model, str) else f"of {len(self._model)} bytes"
        if name is not None:
            self._named = f"{name!r}"
        self._threads = threads
        self._spinning = spinning
        self._profile = profile

    def on_cpu(self) -> Any:
        import onnxruntime

        try:
            return onnxruntime.InferenceSession(self._model, self._options(), providers=[CPU])
        except Exception as error:  # onnxruntime's errors share no base class below Exception
            first_line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise BadModel(f"model {self._named} cannot be loaded: {first_line}") from error

    def on_cuda(self, *, strict: bool, tuning: Tuning) -> tuple[Any | None, str]:
        """Return the session, None if its creation raised, and the log, which then ends with the error."""
        import onnxruntime

        options = self._options()
        if strict:
            options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
        providers: list[Any] = [(CUDA, tuning.cuda())]
        if tuning.tensorrt:
            providers.insert(0, (TENSORRT, tuning.trt(str(tensorrt.engine_cache()))))
        # In strict mode the CPU must not be listed: onnxruntime calls that a conflicting configuration.
        if not strict:
            providers.append(CPU)
        session, raised = None, ""
        with stderr.captured() as said, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                # enable_fallback would retry on the CPU by itself, and print.
                session = onnxruntime.InferenceSession(self._model, options, providers=providers, enable_fallback=False)
            except Exception as error:
                raised = f"{type(error).__name__}: {error}\n"
        notes = "".join(f"{warning.message}\n" for warning in warned)
        return session, refusal.plain(said.text + notes + raised)

    def _options(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "1" if self._spinning else "0")
        if self._profile is not None:
            options.enable_profiling = True
            options.profile_file_prefix = str(self._profile)
        return options
