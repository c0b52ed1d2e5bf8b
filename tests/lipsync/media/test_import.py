"""What the parent process loads when it configures the stages."""

from __future__ import annotations

import pickle
import subprocess
import sys

from heygem_core.lipsync.media import Decode, Encode


def test_configuring_loads_nothing_heavy() -> None:
    """Making both stages loads neither PyAV nor any other heavy library; those belong to the workers."""
    program = (
        "import sys\n"
        "from heygem_core.lipsync.media import Decode, Encode, check_output\n"
        "Decode(), Encode()\n"
        "heavy = {'av', 'cv2', 'kaldi_native_fbank', 'onnxruntime', 'torch'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == ""


def test_stages_travel() -> None:
    """A configured stage reaches its worker as it was configured."""
    decode, encode = pickle.loads(pickle.dumps((Decode(7, threads=3, audio_start=0), Encode("libx264", threads=2))))  # noqa: S301
    assert (decode.name, decode.batch, decode.threads, decode.audio_start) == ("decode", 7, 3, 0)
    assert (encode.name, encode.encoder, encode.threads) == ("encode", "libx264", 2)
