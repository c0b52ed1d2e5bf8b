"""The puppet's graph by itself: built the same every time, still in silence, open as far as the sound is loud."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from heygem_core.lipsync.crop import MOUTH, UNIT, align
from heygem_core.lipsync.generator import puppet
from heygem_core.lipsync.geometry import inverse, transform
from heygem_core.runtime.session import create_session

Floats = NDArray[np.float32]
SIZE = puppet.SIZE
EYES = 40.0
SKIN, LIP = (0.80, 0.58, 0.48), (0.70, 0.36, 0.36)


class Graph:
    """The built graph in a session of one thread."""

    def __init__(self, folder: Path) -> None:
        puppet.build(folder / puppet.FILE_NAME)
        self._session = create_session(folder / puppet.FILE_NAME, "cpu", threads=1).session

    def __call__(self, image: Floats, audio: Floats) -> Floats:
        """Return the moved pictures [B,3,R,R]."""
        return np.asarray(self._session.run(None, {"image": image, "audio": audio})[0], np.float32)


@pytest.fixture(scope="session")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """The graph, built once."""
    return Graph(tmp_path_factory.mktemp("puppet"))


def person(gap: float = 0.0, scale: float = 1.0, angle: float = 0.0) -> tuple[Floats, Floats]:
    """Return faces [1,16] and lips [1,40,2] of a face with lips `gap` pixels apart, enlarged and turned (degrees)."""
    along = np.concatenate([np.linspace(-1, 1, 11), np.linspace(0.8, -0.8, 9)])
    sign = np.array([1.0] * 11 + [-1.0] * 9)
    arch = 1 - along**2
    outer = np.stack([along * 20, sign * arch * (8 + gap / 2)], axis=1)
    inner = np.stack([along * 17, sign * arch * gap / 2], axis=1)
    five = np.array([[-EYES / 2, -EYES], [EYES / 2, -EYES], [0, -18], [-20, 0], [20, 0]])
    cosine, sine = np.cos(np.radians(angle)) * scale, np.sin(np.radians(angle)) * scale
    turn = np.array([[cosine, -sine], [sine, cosine]])
    placed = np.concatenate([five, outer, inner]) @ turn.T + (300, 200)
    faces = np.zeros((1, 16), np.float32)
    faces[0, :2], faces[0, 2:6], faces[0, 6:] = 1, (250, 120, 350, 240), placed[:5].ravel()
    return faces, placed[5:].astype(np.float32)[None]


def picture(gap: float = 0.0) -> Floats:
    """Return the graph's input for a plain face with red lips, black between them: [1,4,R,R]."""
    faces, lips = person(gap)
    matrix = align(faces, lips, SIZE)
    down, across = np.mgrid[:SIZE, :SIZE]
    places = transform(inverse(matrix[0]), np.dstack([across, down]))
    x, y = places[..., 0] - 300, places[..., 1] - 200
    arch = np.clip(1 - (x / 20) ** 2, 0, 1)
    rgb = np.where((np.abs(y) <= arch * (8 + gap / 2))[..., None], LIP, SKIN)
    rgb = np.where((np.abs(y) < np.clip(1 - (x / 17) ** 2, 0, 1) * gap / 2)[..., None], 0.05, rgb)
    image = np.concatenate([rgb.transpose(2, 0, 1)[None], puppet.guide(lips, faces, matrix, SIZE)], axis=1)
    return image.astype(np.float32)


def vowel(level: float) -> Floats:
    """Return a mel window of a steady vowel, its loudest bands at `level` (4 is full scale, 1 is 12.5 dB)."""
    bands = level - 2.5 * np.abs(np.arange(80) - 14) / 14
    return np.broadcast_to(bands.clip(-4, 4)[None, None, :, None], (1, 1, 80, 16)).astype(np.float32)


def hole(shown: Floats) -> int:
    """Return how many pixels are neither skin nor lip nor a blend of these: what is seen between the lips."""
    red, green = shown[0, 0], shown[0, 1]
    return int(((red < 0.6) | (np.abs(red - green) < 0.16)).sum())


SILENCE = np.full((1, 1, 80, 16), -4, np.float32)


def test_the_file_is_the_same_every_time(tmp_path: Path) -> None:
    """Two builds are equal to the byte, valid, and of an opset that onnxruntime 1.16 reads."""
    for name in ("a.onnx", "b.onnx"):
        puppet.build(tmp_path / name)
    assert (tmp_path / "a.onnx").read_bytes() == (tmp_path / "b.onnx").read_bytes()
    model = onnx.load(tmp_path / "a.onnx")
    assert [(one.domain, one.version) for one in model.opset_import] == [("", 17), ("com.microsoft", 1)]
    assert [one.name for one in model.graph.input] == ["image", "audio"]
    assert [one.name for one in model.graph.output] == ["picture"]


def test_sampling_has_a_kernel_on_the_gpu(tmp_path: Path) -> None:
    """Sampling uses the operator that the CUDA provider implements: ONNX's own would silently run on the CPU."""
    puppet.build(tmp_path / "a.onnx")
    nodes = onnx.load(tmp_path / "a.onnx").graph.node
    assert {node.domain for node in nodes if node.op_type == "GridSample"} == {"com.microsoft"}


def test_a_closed_mouth_stays_as_it_is_in_silence(graph: Graph) -> None:
    """Nothing to close and nothing to say: the picture comes back, to half a grey level."""
    image = picture()
    assert np.abs(graph(image, SILENCE) - image[:, :3]).max() < 0.5 / 255


def test_an_open_mouth_closes_in_silence(graph: Graph) -> None:
    """The source's own opening is taken back, but for a line along the lips that is not sharp in the source either."""
    image = picture(gap=9)
    assert hole(graph(image, SILENCE)) < 0.2 * hole(image[:, :3])


@pytest.mark.parametrize("gap", [0.0, 4.0, 9.0])
def test_louder_is_wider_whatever_the_source_does(graph: Graph, gap: float) -> None:
    """The opening grows with every step of 10 dB, and depends on the sound far more than on the source's own mouth."""
    holes = [hole(graph(picture(gap), vowel(level))) for level in (-1.6, -0.8, 0.0, 0.8, 1.6)]
    assert holes == sorted(set(holes))
    closed = [hole(graph(picture(0), vowel(level))) for level in (0.0, 0.8, 1.6)]
    assert np.allclose(holes[2:], closed, rtol=0.4)


def test_rounded_vowels_are_narrower_than_spread_ones(graph: Graph) -> None:
    """At the same loudness, a sound without treble draws the corners in, one with treble pulls them apart."""
    rounded, spread = vowel(1), vowel(1)
    rounded[:, :, 24:] = -4
    spread[:, :, 30:] = 1
    widths = []
    for sound in (rounded, spread):
        columns = np.flatnonzero((graph(picture(), sound)[0, 0] < 0.5).any(axis=0))
        widths.append(columns[-1] - columns[0])
    assert widths[0] < 0.95 * widths[1]


def test_each_picture_of_a_batch_is_its_own(graph: Graph) -> None:
    """Together or alone, the results agree."""
    images = np.concatenate([picture(0), picture(9), picture(4)])
    sounds = np.concatenate([vowel(1), SILENCE, vowel(0)])
    alone = [graph(image[None], sound[None]) for image, sound in zip(images, sounds, strict=True)]
    assert np.abs(graph(images, sounds) - np.concatenate(alone)).max() < 1e-4


def test_a_grey_picture_gets_a_grey_mouth(graph: Graph) -> None:
    """The painted inside takes its colours from the face: no red in black and white."""
    image = picture()
    image[:, :3] = image[:, 1:2]
    shown = graph(image, vowel(1.5))
    assert (shown < 0.3).any()
    assert (shown.max(axis=1) - shown.min(axis=1)).max() < 1e-3


def test_what_it_paints_stays_in_range(graph: Graph) -> None:
    """Noise in, full volume: values stay in 0..1 and are numbers."""
    image = np.random.default_rng(0).uniform(0, 1, (1, 4, SIZE, SIZE)).astype(np.float32)
    shown = graph(image, np.full((1, 1, 80, 16), 4, np.float32))
    assert np.isfinite(shown).all()
    assert (shown.min(), shown.max()) >= (0, 0)
    assert shown.max() <= 1


@pytest.mark.parametrize(("scale", "angle"), [(1, 0), (0.3, 20), (5, -35), (1, 90)])
def test_every_face_comes_to_the_same_place(scale: float, angle: float) -> None:
    """However large and however turned, mouth corners and eyes fall on the same points of the square."""
    faces, lips = person(4, scale, angle)
    matrix = align(faces, lips, SIZE)[0]
    corners = transform(matrix, lips[0, [0, 10]])
    eyes = transform(matrix, faces[0, 6:10].reshape(2, 2))
    assert np.allclose(corners.mean(axis=0), np.array(MOUTH) * SIZE, atol=0.1)
    assert np.allclose(corners[:, 1], MOUTH[1] * SIZE, atol=0.1)
    assert np.allclose(eyes[1] - eyes[0], (UNIT * SIZE, 0), atol=0.1)


def test_speaking_does_not_move_the_square() -> None:
    """Opening the lips changes neither place nor size of the crop."""
    assert np.allclose(align(*person(0), SIZE), align(*person(12), SIZE), atol=1e-3)


def test_no_face_no_square_and_no_guide() -> None:
    """Rows without a face, or with points that coincide, are zero in both."""
    faces, lips = person()
    nothing, collapsed = np.zeros_like(faces), faces.copy()
    collapsed[0, 6:] = 100
    three = np.concatenate([faces, nothing, collapsed])
    matrices = align(three, np.concatenate([lips, lips, np.full_like(lips, 100)]), SIZE)
    assert [bool(matrix.any()) for matrix in matrices] == [True, False, False]
    guides = puppet.guide(np.repeat(lips, 2, 0), three[:2], matrices[:2], SIZE)
    assert [bool(guide.any()) for guide in guides] == [True, False]


def test_the_guide_follows_the_lips() -> None:
    """Its first two rows are the edges of the inner lips; between corner and corner they part, elsewhere they meet."""
    faces, lips = person(gap=10)
    matrix = align(faces, lips, SIZE)
    upper, lower, profile = puppet.guide(lips, faces, matrix, SIZE)[0, 0, :3] * SIZE
    middle = SIZE // 2
    assert upper[middle] == pytest.approx(transform(matrix[0], lips[0, 35])[1], abs=2.5)
    assert lower[middle] == pytest.approx(transform(matrix[0], lips[0, 25])[1], abs=2.5)
    assert (lower - upper)[[0, -1]].max() == 0
    assert profile.argmax() == pytest.approx(middle, abs=1)
    assert profile[[0, -1]].max() == 0
