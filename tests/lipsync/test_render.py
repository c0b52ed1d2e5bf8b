"""The whole job on real files, through five processes: what goes in comes out, and nothing half-done stays."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from heygem_core.errors import BadInput, HeygemError, JobCancelled, StageExited, StageFailed
from heygem_core.lipsync.assets import fetch
from heygem_core.lipsync.placement import APART
from heygem_core.lipsync.render import BLAS_THREADS, Renderer
from heygem_core.lipsync.result import RenderResult
from tests.lipsync import planar
from tests.lipsync.faces import FaceClip, doubled, lost_in_between
from tests.lipsync.media.clips import Clip, frames_of, rgb, sound_of
from tests.lipsync.mouth_meter import MouthMeter, agreement, energy

JSON_KEYS = {
    "status", "cause", "culprit", "frames_in", "frames_out", "frames_without_face", "duration_s", "wall_s", "fps",
    "warmup_s", "provider", "stages",
}  # fmt: skip


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    """One warm pipeline for all jobs of this file: every job must leave it fit for the next."""
    with Renderer(960, 960, provider="auto") as renderer:
        renderer._pipeline.wait_ready()
        yield renderer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for inputs."""
    return tmp_path_factory.mktemp("inputs")


@pytest.fixture(scope="module")
def default(renderer: Renderer, tmp_path_factory: pytest.TempPathFactory) -> tuple[RenderResult, Path]:
    """The default clip with its own speech."""
    output = tmp_path_factory.mktemp("default") / "out.mp4"
    return renderer.render(fetch("clip"), fetch("clip"), output), output


def pictures(path: Path) -> list[NDArray[np.uint8]]:
    """Decode a file to RGB."""
    return [rgb(frame) for frame in frames_of(path)]


def test_a_worker_keeps_blas_to_one_thread(renderer: Renderer) -> None:
    """Threads for one matrix product spin beside the other stages, and after the job; what a user sets stays."""
    for worker in renderer._pipeline._crew.processes():
        told = Path(f"/proc/{worker.pid}/environ").read_bytes().split(b"\0")
        found = {name: value for name, _, value in (one.decode().partition("=") for one in told)}
        assert {name: found[name] for name in BLAS_THREADS} == {
            name: os.environ.get(name, "1") for name in BLAS_THREADS
        }


def test_every_frame_of_the_default_clip_comes_out(default: tuple[RenderResult, Path]) -> None:
    """173 frames in, 173 out, through every stage, all with a face; the result says on what it ran."""
    result, output = default
    assert (result.frames_in, result.frames_out, result.frames_without_face) == (173, 173, 0)
    assert {stage.frames for stage in result.stages} == {173}
    assert [stage.name for stage in result.stages] == ["decode", "face", "generator", "blend", "encode"]
    assert len(frames_of(output)) == 173
    assert result.provider["requested"] == "auto"
    assert result.provider["applied"].endswith("ExecutionProvider")
    assert result.as_json().keys() >= JSON_KEYS
    assert result.as_json()["status"] == "done"


def test_outside_the_face_the_picture_is_the_sources(default: tuple[RenderResult, Path], tmp_path: Path) -> None:
    """Above the mouth, every frame is as close to the source as a plain re-encode of it: 38 dB or better."""
    from heygem_core.lipsync.media import Decode, Encode
    from tests.lipsync.media.clips import filled, job

    plain = tmp_path / "plain.mp4"
    task = job(str(fetch("clip")), str(fetch("clip")), plain)
    decode, encode = Decode(), Encode()
    decode.start(task)
    encode.start(task)
    for slot in filled(decode):
        encode.consume(slot)
    decode.finish()
    encode.finish()
    for ours, reencoded in zip(pictures(default[1]), pictures(plain), strict=True):
        # The speaker's head stays between columns 190 and 460; everything beside it must be untouched.
        difference = ours.astype(np.float64) - reencoded
        beside = np.concatenate([difference[:, :170].ravel(), difference[:, 480:].ravel()])
        # Equal to the bit is what some builds of x264 make of it.
        assert 10 * np.log10(255**2 / max(float(np.mean(beside**2)), 1e-9)) >= 38.0


def test_the_rendered_mouth_goes_with_the_rendered_sound(default: tuple[RenderResult, Path]) -> None:
    """In the finished file itself, inner-lip gap and audio energy agree at 0.75 or better within three frames."""
    from heygem_core.lipsync.face import DetectFaces
    from heygem_core.pipeline import DictSlot
    from tests.lipsync.puppet_show import JOB

    ours = np.stack(pictures(default[1]))
    detect = DetectFaces(provider="cpu")
    detect.open()
    detect.start(JOB)
    faces = []
    for first in range(0, len(ours), 4):
        item, out = DictSlot(first=first, count=len(ours[first : first + 4])), DictSlot()
        planar.put(item, ours[first : first + 4])
        item.allocate("audio", (item.count, 1, 80, 16), np.float32)[:] = 0
        detect.process(item, out)
        faces.append(out["faces"])
    sound, rate = sound_of(default[1])
    mono = av.AudioResampler(format="flt", layout="mono", rate=16_000)
    frame = av.AudioFrame.from_ndarray(sound.mean(axis=0, keepdims=True), "flt", "mono")
    frame.sample_rate = rate
    samples = np.concatenate([part.to_ndarray()[0] for part in [*mono.resample(frame), *mono.resample(None)]])
    found, _ = agreement(MouthMeter().gaps(ours, np.concatenate(faces)), energy(samples, 29.97, len(ours)))
    assert found >= 0.75


def test_identical_inputs_give_identical_frames(
    renderer: Renderer, default: tuple[RenderResult, Path], tmp_path: Path
) -> None:
    """A second render of the same job decodes to the same pixels and the same sound."""
    again = tmp_path / "again.mp4"
    renderer.render(fetch("clip"), fetch("clip"), again)
    assert all((a == b).all() for a, b in zip(pictures(default[1]), pictures(again), strict=True))
    assert (sound_of(default[1])[0] == sound_of(again)[0]).all()


GOOD: dict[str, tuple[Clip, dict[str, Any]]] = {
    "odd size": (FaceClip(width=321, height=241, format="yuv444p"), {"width": 321, "height": 241}),
    "rotated": (FaceClip(width=320, height=240, rotation=90), {"width": 240, "height": 320}),
    "variable rate": (FaceClip(times=[40 * i + 7 * (i % 3) for i in range(24)]), {}),
    "12 fps": (FaceClip(frames=12, fps=Fraction(12)), {"frames_out": 12}),
    "60 fps": (FaceClip(frames=48, fps=Fraction(60), sound_s=0.8), {"frames_out": 48}),
    "8 kHz mono 8 bit": (FaceClip(frames=25), {"sound": ("pcm_u8", 8000), "frames_out": 25}),
    "48 kHz": (FaceClip(frames=25), {"sound": ("pcm_s16le", 48_000), "frames_out": 25}),
    "face lost in between": (FaceClip(change=lost_in_between, sound_s=0.96), {"without": range(5, 9)}),
    "several faces": (FaceClip(change=doubled, width=480, sound_s=0.96), {"warning": "several faces"}),
    "audio longer": (FaceClip(frames=12, sound_s=1.0), {"frames_out": 25}),
    "audio shorter": (FaceClip(frames=24, sound_s=0.4), {"frames_out": 10}),
}


@pytest.mark.parametrize("name", GOOD)
def test_these_inputs_work(name: str, renderer: Renderer, folder: Path, tmp_path: Path) -> None:
    """Unusual but sound inputs give a complete video of the source's size, rate and expected length."""
    clip, expected = GOOD[name]
    video = clip.write(folder / f"视频 {name} 输入.mp4")
    audio = video
    if "sound" in expected:
        codec, rate = expected["sound"]
        audio = Clip(frames=0, sound_s=1.0, sound_rate=rate, sound_codec=codec).write(folder / f"{name}.wav")
    output = tmp_path / "输出 文件.mp4"
    result = renderer.render(video, audio, output)
    frames = frames_of(output)
    assert len(frames) == result.frames_out
    assert result.frames_out == expected.get("frames_out", result.frames_out)
    assert (frames[0].width, frames[0].height) == (
        expected.get("width", clip.width),
        expected.get("height", clip.height),
    )
    assert result.frames_without_face in expected.get("without", [0])
    if "warning" in expected:
        assert any(expected["warning"] in warning for warning in result.warnings)
    assert list(tmp_path.iterdir()) == [output]


def test_ping_pong_goes_there_and_back_and_forward_starts_again(renderer: Renderer, folder: Path) -> None:
    """Twelve frames for 25 frames of sound: 0…11,11…0,0 there and back; 0…11,0…11,0 forward, by the background."""
    video = FaceClip(frames=12, sound_s=1.0).write(folder / "short.mp4")
    source = pictures(Path(video))
    orders = {"pingpong": [*range(12), *range(11, -1, -1), 0], "forward": [*range(12), *range(12), 0]}
    for loop, order in orders.items():
        output = folder / f"{loop}.mp4"
        renderer.render(video, video, output, loop=loop)  # type: ignore[arg-type]
        for index, picture in zip(order, pictures(output), strict=True):
            difference = np.abs(picture[:, :70].astype(int) - source[index][:, :70]).mean()
            assert difference < 2.0


def nothing(path: Path) -> None:
    """Make no file at all."""


def truncated(path: Path) -> None:
    """Write the first half of a clip."""
    whole = Path(FaceClip(frames=24).write(path)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


BAD: dict[str, Any] = {
    "missing": (nothing, "no such file"),
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "renamed": (lambda path: path.write_text("this is no video\n" * 100), ""),
    "truncated": (truncated, ""),
    "no video stream": (lambda path: Clip(frames=0).write(path), "no video stream"),
    "one frame": (lambda path: FaceClip(frames=1).write(path), "1 frame"),
    "no face": (lambda path: Clip(frames=12, sound_s=0.5).write(path), "No face in any of the 12 frames"),
}
BAD_SOUND: dict[str, Any] = {
    "no audio stream": (lambda path: Clip(sound_s=None).write(path), "no audio stream"),
    "50 ms": (lambda path: Clip(frames=0, sound_s=0.05, sound_codec="pcm_s16le").write(path), "50 ms"),
    "zero length": (lambda path: Clip(frames=0, sound_s=0.0, sound_codec="pcm_s16le").write(path), ""),
}


def refused(renderer: Renderer, video: Path, audio: Path, tmp_path: Path) -> HeygemError:
    """Render what must be refused; return the error after checking that nothing was left."""
    target = tmp_path / "target"
    target.mkdir()
    with pytest.raises(HeygemError) as caught:
        renderer.render(video, audio, target / "out.mp4")
    assert caught.value.cause == "bad-input"
    detail = caught.value.detail if isinstance(caught.value, StageFailed) else str(caught.value)
    assert "\n" not in detail
    assert list(target.iterdir()) == []
    return caught.value


@pytest.mark.parametrize("name", BAD)
def test_a_bad_video_is_refused_in_one_line_and_leaves_nothing(name: str, renderer: Renderer, tmp_path: Path) -> None:
    """A video that cannot be used gives one line that names the file, and no output, not even a partial one."""
    make, words = BAD[name]
    video = tmp_path / f"{name}.mp4"
    make(video)
    error = refused(renderer, video, fetch("clip") if name != "no face" else video, tmp_path)
    assert str(video) in str(error)
    assert words in str(error)


@pytest.mark.parametrize("name", BAD_SOUND)
def test_a_bad_sound_is_refused_in_one_line_and_leaves_nothing(name: str, renderer: Renderer, tmp_path: Path) -> None:
    """Audio that cannot be used gives one line that names the file, and no output."""
    make, words = BAD_SOUND[name]
    audio = tmp_path / ("sound.mp4" if name == "no audio stream" else "sound.wav")
    make(audio)
    error = refused(renderer, fetch("clip"), audio, tmp_path)
    assert str(audio) in str(error)
    assert words in str(error)


def test_without_any_face_the_video_passes_when_allowed(renderer: Renderer, tmp_path: Path) -> None:
    """``allow_no_face`` passes the frames through and counts them."""
    video = Clip(frames=12, sound_s=0.48).write(tmp_path / "bars.mp4")
    result = renderer.render(video, video, tmp_path / "out.mp4", allow_no_face=True)
    assert (result.frames_out, result.frames_without_face) == (12, 12)


def test_an_existing_output_is_replaced_only_on_request(renderer: Renderer, tmp_path: Path) -> None:
    """Without ``overwrite`` an existing file stays as it is; with it, it is replaced by the complete result."""
    video = FaceClip(frames=8, sound_s=0.32).write(tmp_path / "in.mp4")
    output = tmp_path / "out.mp4"
    output.write_text("precious")
    with pytest.raises(BadInput, match="exists"):
        renderer.render(video, video, output)
    assert output.read_text() == "precious"
    assert renderer.render(video, video, output, overwrite=True).frames_out == len(frames_of(output)) == 8


@pytest.mark.breaks
def test_a_killed_generator_fails_the_job_by_name_and_the_next_job_succeeds(
    default: tuple[RenderResult, Path], tmp_path: Path
) -> None:
    """SIGKILL in the middle: one error naming the generator, no file; the next job's frames equal the first's."""
    killed: list[int] = []
    target = tmp_path / "target"
    target.mkdir()
    # In a worker of its own: of stages that share one, the one at work is named.
    with Renderer(640, 480, placement=APART) as renderer:

        def kill(_: object) -> None:
            if not killed:
                killed.append(renderer._pipeline._crew.pids()[2])
                os.kill(killed[0], signal.SIGKILL)

        with pytest.raises(StageExited) as caught:
            renderer.render(fetch("clip"), fetch("clip"), target / "out.mp4", on_event=kill)
        assert (caught.value.stage, str(caught.value.cause)) == ("generator", "worker-died")
        assert "SIGKILL" in caught.value.detail
        assert list(target.iterdir()) == []
        renderer.render(fetch("clip"), fetch("clip"), target / "out.mp4")
    assert all((a == b).all() for a, b in zip(pictures(default[1]), pictures(target / "out.mp4"), strict=True))


def test_a_cancelled_render_leaves_nothing(renderer: Renderer, tmp_path: Path) -> None:
    """Cancelling in the middle raises `JobCancelled` and leaves no file."""
    with pytest.raises(JobCancelled):
        renderer.render(fetch("clip"), fetch("clip"), tmp_path / "out.mp4", on_event=lambda _: renderer.cancel())
    assert list(tmp_path.iterdir()) == []
