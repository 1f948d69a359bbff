"""One image decoded: channels, fits, orientation, and what is refused."""

import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from drawn_images import encoded, picture
from PIL import Image

from netspec.layers.base import Shape
from netspec.training.data import images
from netspec.training.data.images import UnreadableImageError, decoded, fitted, takes_images

SQUARE = (4, 4, 3)


def read(data: bytes, sizes: tuple[int, int, int] = SQUARE, fit: images.Fit = "crop") -> np.ndarray:
    """The pixels of a file's bytes."""
    return decoded(io.BytesIO(data), sizes, fit)


def why(data: bytes) -> str:
    """Why bytes are refused."""
    with pytest.raises(UnreadableImageError) as raised:
        read(data)
    return str(raised.value)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM"])
def test_image_of_the_size_stays_as_it_is(kind, fit):
    """A lossless image of the wanted size and channels comes back bit for bit, however it is to be fitted."""
    array = picture(4, 4)
    assert np.array_equal(read(encoded(array, kind), fit=fit), array)


def halves(height: int, width: int) -> np.ndarray:
    """White on the left half, black on the right one."""
    array = np.zeros((height, width, 3), np.uint8)
    array[:, : width // 2] = 255
    return array


def test_crop_covers_and_cuts_the_centre():
    """An image twice as wide loses a quarter on each side; the middle edge stays in the middle."""
    array = np.zeros((8, 16, 3), np.uint8)
    array[:, :4], array[:, 12:] = 200, 100
    assert not read(encoded(array), (8, 8, 3)).any()
    assert np.array_equal(read(encoded(halves(8, 16)), (8, 8, 3)), halves(8, 8))


def test_pad_keeps_everything_and_adds_zeros():
    """An image twice as wide is halved and stands between black bars of the same height."""
    out = read(encoded(np.full((8, 16, 3), 77, np.uint8)), (8, 8, 3), "pad")
    assert (out[2:6] == 77).all()
    assert not out[:2].any()
    assert not out[6:].any()


def test_stretch_scales_each_axis():
    """An image twice as wide fills the whole size, its proportions lost."""
    out = read(encoded(halves(8, 16)), (8, 8, 3), "stretch")
    assert (out[:, :3] == 255).all()
    assert not out[:, 5:].any()


def test_making_smaller_averages():
    """A checkerboard of single pixels becomes its mean, and not one of its colours."""
    board = (np.indices((16, 16)).sum(0) % 2 * 254).astype(np.uint8)
    out = read(encoded(board), (4, 4, 1))
    assert (abs(out[1:3, 1:3].astype(int) - 127) <= 1).all()


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("shape", [(1, 500), (500, 1), (1, 1)])
def test_odd_proportions(shape, fit):
    """The narrowest images can be fitted."""
    assert read(encoded(picture(*shape)), (4, 6, 3), fit).shape == (4, 6, 3)


def test_channels_that_are_wanted():
    """Colours become grey by luma, grey becomes three equal channels, and transparency is dropped or kept."""
    colour = np.full((4, 4, 3), (10, 200, 30), np.uint8)
    assert (
        abs(read(encoded(colour), (4, 4, 1)).astype(int) - (0.299 * 10 + 0.587 * 200 + 0.114 * 30)) <= 1
    ).all()
    assert (read(encoded(np.full((4, 4), 9, np.uint8))) == 9).all()
    clear = np.full((4, 4, 4), (10, 200, 30, 0), np.uint8)
    assert np.array_equal(read(encoded(clear)), colour)
    assert np.array_equal(read(encoded(clear), (4, 4, 4)), clear)
    assert (read(encoded(colour), (4, 4, 4))[..., 3] == 255).all()


@pytest.mark.parametrize(
    ("shape", "is_one"),
    [
        (Shape((28, 28, 1)), True),
        (Shape((7, 5, 3)), True),
        (Shape((8, 8, 4)), True),
        (Shape((8, 8, 2)), False),
        (Shape((784,)), False),
        (Shape((56, 3)), False),
        (Shape((4, 8, 8, 3)), False),
        (Shape((56,), tokens=100), False),
        (Shape((8, 8, 3), tokens=100), False),
    ],
)
def test_inputs_that_images_fit(shape, is_one):
    """Height, width and as many channels as images have; neither vectors, sequences, volumes nor token ids."""
    assert takes_images(shape) is is_one


def test_palette_and_bits():
    """Images of a palette or of single bits have their colours."""
    image = Image.fromarray(np.full((4, 4, 3), (255, 0, 0), np.uint8)).convert("P")
    assert (fitted(image, SQUARE, "crop") == [255, 0, 0]).all()
    assert (fitted(Image.new("1", (4, 4), 1), SQUARE, "crop") == 255).all()


def test_grey_of_16_bits_is_scaled():
    """65,535 is white and 32,768 the middle; nothing is cut off."""
    deep = np.full((4, 4), 32768, np.uint16)
    deep[0] = 65535
    out = read(encoded(deep), (4, 4, 1))
    assert out[0].tolist() == [[255]] * 4
    assert (out[1:] == 128).all()


def test_floating_point_pixels_are_refused():
    """A TIFF of floating-point numbers has no known range."""
    file = io.BytesIO()
    Image.fromarray(np.ones((4, 4), np.float32)).save(file, "TIFF")
    assert "floating-point" in why(file.getvalue())


def test_orientation_of_a_camera():
    """An image that its EXIF data says to turn is turned."""
    array = halves(8, 8)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise
    data = encoded(array, "PNG", exif=exif)
    assert np.array_equal(read(data, (8, 8, 3)), np.rot90(array, -1))


def png(width: int, height: int) -> bytes:
    """A PNG file that claims a size, and holds nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(9)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("sides", [(9000, 9000), (10_000, 10_000), (2**31 - 1, 2**31 - 1), (2**31 - 1, 1)])
def test_bombs_are_refused(sides):
    """A small file that claims very many pixels is refused before they are decoded."""
    assert "pixels" in why(png(*sides))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text and no image",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n%%EndComments\n",
        b"\x89PNG\r\n\x1a\n",
        png(4, 4),
        encoded(picture(8, 8), "PCX"),
        encoded(picture(64, 64))[:-2000],
        encoded(picture(64, 64), "JPEG")[:-900],
        encoded(picture(64, 64), "GIF")[:200],
        encoded(picture(64, 64), "BMP")[:100],
        encoded(picture(64, 64), "TIFF")[:100],
        encoded(picture(64, 64), "WEBP")[:100],
    ],
)
def test_damaged_images_are_refused(data):
    """What is no image, of a format that is not needed, or cut short is refused with a reason."""
    assert why(data)


def test_altered_bytes_never_raise_anything_else():
    """Whatever byte of a file is changed, it is decoded or refused."""
    rng = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"):
        good = bytearray(encoded(picture(8, 8), kind))
        for _ in range(60):
            bad = bytearray(good)
            bad[rng.integers(len(bad))] = rng.integers(256)
            with suppress(UnreadableImageError):
                assert read(bytes(bad)).shape == SQUARE
