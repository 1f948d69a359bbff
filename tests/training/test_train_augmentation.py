"""Augmentation against numpy, Pillow, scipy and colorsys, and its random draws against what they should be."""

import colorsys
import itertools
from fractions import Fraction
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from compilation import AS_USERS_DO
from PIL import Image, ImageEnhance
from scipy import ndimage

from netspec.language.recipes.augmentations import (
    Augmentation,
    ColorJitter,
    Crop,
    Cutout,
    Flip,
    Mixup,
    Resize,
    Rotation,
)
from netspec.training.augment import colours, moves
from netspec.training.augmentation import _CHANGES, augmenter, stored_sizes
from netspec.training.faults import TrainError
from netspec.training.preprocessing import Affine

RAW = Affine(np.zeros((), np.float32), np.ones((), np.float32))
Chain = tuple[Augmentation, ...]


def changed(
    chain: Chain,
    x: Any,
    labels: Any = 0,
    *,
    sizes: Any = None,
    seed: int = 0,
    places: Any = None,
    options: Any = None,
    **more: Any,
) -> tuple[np.ndarray, Any]:
    """A batch, augmented by a compiled function."""
    x = np.asarray(x)
    more = {"affine": RAW, "value_range": (0.0, 1.0), "sizes": sizes or x.shape[1:], **more}
    places = np.arange(len(x)) if places is None else places
    augment = jax.jit(augmenter(chain, **more), compiler_options=options)
    y, labels = augment(jax.random.key(seed), jnp.asarray(places, jnp.int32), x, labels)
    return np.asarray(y), jax.tree.map(np.asarray, labels)


def photo(height: int = 6, width: int = 8, channels: int = 3) -> np.ndarray:
    """An image of values from 0 to 1 that are all different."""
    count = height * width * channels
    drawn = np.random.default_rng(0).permutation(count) + 0.5
    return (drawn / count).reshape(height, width, channels).astype(np.float32)


def copies(image: np.ndarray, count: int) -> np.ndarray:
    """A batch of the same image."""
    return np.broadcast_to(image, (count, *image.shape))


# flip


@pytest.mark.parametrize(
    ("axis", "wanted"),
    [
        ("horizontal", [[3, 2, 1], [6, 5, 4]]),
        ("vertical", [[4, 5, 6], [1, 2, 3]]),
        ("both", [[6, 5, 4], [3, 2, 1]]),
    ],
)
def test_flip_mirrors(axis: Any, wanted: list[list[int]]):
    """At probability 1 an image of 2x3 is mirrored, and at 0 it never is."""
    x = np.array([[[1], [2], [3]], [[4], [5], [6]]], np.float32)[None]
    assert changed((Flip(axis=axis, probability=1.0),), x)[0][0, ..., 0].tolist() == wanted
    assert (changed((Flip(axis=axis, probability=0.0),), x)[0] == x).all()


def test_flip_happens_as_often_as_it_should():
    """Left to right and top to bottom are drawn each by itself, with the probability that is given."""
    x = copies(np.array([[[0], [1]], [[2], [3]]], np.float32), 4000)
    corner = changed((Flip(axis="both", probability=0.3),), x)[0][:, 0, 0, 0].astype(int)
    shares = np.bincount(corner, minlength=4) / 4000
    np.testing.assert_allclose(shares, [0.49, 0.21, 0.21, 0.09], atol=0.03)


# crop

MODES = {"zeros": "constant", "edge": "edge", "reflect": "reflect"}


def windows(padded: np.ndarray, sizes: tuple[int, int]) -> np.ndarray:
    """Every window `[rows, columns, *sizes, channels]` of an image."""
    found = np.lib.stride_tricks.sliding_window_view(padded, sizes, (0, 1))
    return np.moveaxis(found, 2, -1)


def which(results: np.ndarray, candidates: np.ndarray, atol: float = 0) -> np.ndarray:
    """The place of the one candidate that each result is."""
    same = abs(results[:, None] - candidates.reshape(-1, *results.shape[1:])).max((2, 3, 4)) <= atol
    assert (same.sum(1) == 1).all()
    return same.argmax(1)


@pytest.mark.parametrize("fill", MODES)
def test_crop_is_a_window_of_the_padded_image(fill: Any):
    """Each result is a slice of numpy's padded image, and every offset occurs about equally often."""
    image, padding = photo(4, 5, 2), 2
    padded = np.pad(image, ((padding, padding), (padding, padding), (0, 0)), MODES[fill])
    places = (2 * padding + 1) ** 2
    x, _ = changed((Crop(padding=padding, fill=fill),), copies(image, 60 * places))
    counts = np.bincount(which(x, windows(padded, (4, 5))), minlength=places)
    assert counts.min() > 25
    assert counts.max() < 110


def test_crop_of_larger_images_is_a_window_of_them():
    """Images larger than the input are cut to it, at every place."""
    x, _ = changed((Crop(padding=0),), copies(photo(5, 7), 300), sizes=(4, 5, 3))
    assert set(which(x, windows(photo(5, 7), (4, 5)))) == set(range(2 * 3))


def test_mirror_images_go_on_behind_a_wide_border():
    """Padding wider than the image mirrors it again and again, as numpy does."""
    padded = np.pad(photo(3, 3), ((7, 7), (7, 7), (0, 0)), "reflect")
    x, _ = changed((Crop(padding=7, fill="reflect"),), copies(photo(3, 3), 50))
    candidates = windows(padded, (3, 3)).reshape(-1, 3, 3, 3)
    assert all((candidates == one).all((1, 2, 3)).any() for one in x)


def test_window_that_does_not_fit_is_a_finding():
    """Images that are scaled to less than the input cannot be cut to it."""
    with pytest.raises(TrainError, match="window of 6x8 does not fit into images of 5x6"):
        changed((Resize(side=3), Crop(padding=1)), photo()[None])


# resize

FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}


def by_pillow(image: np.ndarray, sizes: tuple[int, int], method: str) -> np.ndarray:
    """An image scaled channel by channel."""
    if method == "nearest" and sizes[0] % image.shape[0] and sizes[0] > image.shape[0]:
        # Some middles fall between two pixels, where Pillow's sums of steps are a hair less or more than they should be.
        rows, columns = (
            [int(Fraction(2 * i + 1, 2) * old / new) for i in range(new)]
            for new, old in zip(sizes, image.shape, strict=False)
        )
        return image[rows][:, columns]
    layers = [
        Image.fromarray(layer).resize(sizes[::-1], FILTERS[method]) for layer in np.moveaxis(image, 2, 0)
    ]
    return np.stack([np.asarray(layer) for layer in layers], axis=-1)


@pytest.mark.parametrize(
    ("method", "sizes"),
    [
        ("nearest", (12, 16)),
        ("nearest", (3, 4)),
        ("bilinear", (12, 16)),
        ("bilinear", (3, 4)),
        ("bicubic", (9, 12)),
    ],
)
def test_resize_is_that_of_pillow(method: Any, sizes: tuple[int, int]):
    """Scaled up or down to the input's size, an image is what Pillow makes of it."""
    x, _ = changed((Resize(side=sizes[0], interpolation=method),), photo()[None], sizes=(*sizes, 3))
    np.testing.assert_allclose(x[0], by_pillow(photo(), sizes, method), atol=2e-6)


@pytest.mark.parametrize(
    ("method", "fill"), [("bilinear", "zeros"), ("bilinear", "edge"), ("nearest", "edge")]
)
def test_crop_after_resize_is_a_window_of_the_padded_scaled_image(method: Any, fill: Any):
    """Scaled, padded and cut in one look-up is the same as one after the other, for every side and offset."""
    image = photo(4, 6)
    scaled = [by_pillow(image, (side, side * 3 // 2), method) for side in (4, 6)]
    padded = [np.pad(one, ((1, 1), (1, 1), (0, 0)), MODES[fill]) for one in scaled]
    candidates = np.concatenate([windows(one, (4, 6)).reshape(-1, 4, 6, 3) for one in padded])
    chain = (Resize(side=4, largest=6, interpolation=method), Crop(padding=1, fill=fill))
    x, _ = changed(chain, copies(image, 700))
    between = np.array([abs(candidates - one).max((1, 2, 3)).min() > 2e-6 for one in x])
    assert 0.25 < between.mean() < 0.42  # a third has the side between, which is no multiple
    assert set(which(x[~between], candidates, 2e-6)) == set(range(len(candidates)))


def test_stored_images_are_as_large_as_resize_wants():
    """A source of images of any size gives them in the input's proportions, never smaller than `resize` makes them."""
    assert stored_sizes((Flip(), Crop()), (32, 48, 3)) == (32, 48, 3)
    assert stored_sizes((Resize(side=256, largest=512), Crop(padding=0)), (224, 224, 3)) == (512, 512, 3)
    assert stored_sizes((Resize(side=40), Crop(padding=0)), (32, 48, 3)) == (40, 60, 3)
    assert stored_sizes((Resize(side=20), Crop(padding=8)), (32, 48, 3)) == (32, 48, 3)
    assert stored_sizes((Mixup(),), (784,)) == (784,)


# rotation


def turned(image: np.ndarray, degrees: float, fill: Any = "zeros") -> np.ndarray:
    """An image turned by a given angle."""
    compiled = jax.jit(moves.turned, static_argnames=("step", "whole"))
    return np.asarray(compiled(image, np.float32(np.deg2rad(degrees)), step=Rotation(fill=fill), whole=False))


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_are_exact(quarters: int):
    """A square turned by 90 degrees is numpy's rot90, to the rounding of the sine."""
    np.testing.assert_allclose(turned(photo(7, 7), 90 * quarters), np.rot90(photo(7, 7), quarters), atol=3e-6)


@pytest.mark.parametrize(
    ("fill", "mode"), [("zeros", "grid-constant"), ("edge", "nearest"), ("reflect", "mirror")]
)
def test_rotation_is_that_of_scipy(fill: Any, mode: str):
    """Any angle and any fill give scipy's linear interpolation."""
    wanted = ndimage.rotate(photo(), 27, reshape=False, order=1, mode=mode)
    np.testing.assert_allclose(turned(photo(), 27, fill), wanted, atol=1e-5)


def test_angles_are_drawn_evenly():
    """Angles fill the range between -degrees and degrees evenly, seen at an image of its own coordinates."""
    y, x = np.mgrid[-3:4, -3:4].astype(np.float32)
    seen, _ = changed((Rotation(degrees=40.0),), copies(np.stack([y, x], -1), 1000))
    angles = np.sort(np.degrees(np.arctan2(seen[:, 3, 4, 0], seen[:, 3, 4, 1])))
    np.testing.assert_allclose(angles, np.linspace(-40, 40, 1000), atol=5)
    assert abs(angles).max() <= 40.001


# color_jitter


def planes(image: Any) -> np.ndarray:
    """The colours of an image `[height, width, 3]`, one after the other."""
    return np.moveaxis(np.asarray(image, np.float32), -1, 0)


@pytest.mark.parametrize(
    ("part", "enhance"),
    [
        (colours.brightness, ImageEnhance.Brightness),
        (colours.contrast, ImageEnhance.Contrast),
        (colours.saturation, ImageEnhance.Color),
    ],
)
@pytest.mark.parametrize("change", [-1.0, -0.4, 0.0, 0.7])
def test_colours_are_those_of_pillow(part: Any, enhance: Any, change: float):
    """Brightness, contrast and saturation are what Pillow makes of them, to its rounding of bytes."""
    bytes_ = (photo() * 255).astype(np.uint8)
    wanted = np.asarray(enhance(Image.fromarray(bytes_)).enhance(1 + change))
    seen = jax.jit(part)(np.float32(change), planes(bytes_ / 255))
    np.testing.assert_allclose(np.moveaxis(seen, 0, -1) * 255, wanted, atol=1.8)


@pytest.mark.parametrize("change", [-0.5, -0.1, 0.0, 0.3])
def test_hue_is_turned_as_colorsys_does(change: float):
    """A turn of the colour circle is that of the standard library, greys and pure colours included."""
    image = np.concatenate(
        [photo(), np.eye(3)[None].repeat(6, 0), np.full((6, 1, 3), 0.4), np.zeros((6, 1, 3))], 1
    )

    def by_hand(rgb: np.ndarray) -> tuple[float, ...]:
        h, s, v = colorsys.rgb_to_hsv(*rgb)
        return colorsys.hsv_to_rgb((h + change) % 1, s, v)

    wanted = [[by_hand(pixel) for pixel in row] for row in image]
    seen = jax.jit(colours.hue)(np.float32(change), planes(image))
    np.testing.assert_allclose(np.moveaxis(seen, 0, -1), wanted, atol=1e-5)


def test_hue_holds_where_a_compiler_computes_colours_twice():
    """Turned and then coloured in one program, each pixel is what colorsys makes of the turned image's pixel."""
    x = np.random.default_rng(3).random((5, 6, 8, 3)).astype(np.float32)
    only_hue = ColorJitter(brightness=0.0, contrast=0.0, saturation=0.0, hue=0.1)
    turned_only, _ = changed((Rotation(fill="edge"), Flip(probability=0.0)), x)
    both, _ = changed((Rotation(fill="edge"), only_hue), x, options=AS_USERS_DO)
    before, after = (
        np.array([colorsys.rgb_to_hsv(*pixel) for pixel in batch.reshape(-1, 3)]).reshape(5, -1, 3)
        for batch in (turned_only, both)
    )
    turns = (after - before)[..., 0]
    around = np.angle(np.exp(2j * np.pi * (turns - turns[:, :1])))
    np.testing.assert_allclose(around, 0, atol=1e-3)
    np.testing.assert_allclose(after[..., 1:], before[..., 1:], atol=1e-5)


def test_color_jitter_of_nothing_changes_nothing():
    """With all limits at 0 an image stays as it is, to rounding."""
    still = ColorJitter(brightness=0.0, contrast=0.0, saturation=0.0)
    np.testing.assert_allclose(changed((still,), photo()[None])[0][0], photo(), atol=1e-6)


def test_color_jitter_works_on_raw_values_and_stays_in_their_range():
    """Preprocessed values go back to raw ones, which do not leave 0 to 255, and are prepared again."""
    affine = Affine(np.float32([100, 120, 140]), np.float32([0.02, 0.01, 0.03]))
    raw = copies(photo() * 255, 64)
    strong = ColorJitter(brightness=1.0, contrast=1.0, saturation=1.0, hue=0.5)
    x, _ = changed((strong,), affine.apply(raw), affine=affine, value_range=(0.0, 255.0))
    back = affine.undo(x)
    assert back.min() == pytest.approx(0, abs=1e-3)
    assert back.max() == pytest.approx(255, abs=1e-3)
    assert abs(back - raw).mean() > 20


def test_brightness_factors_are_drawn_evenly():
    """The factor lies between 1 - limit and 1 + limit, every one as likely."""
    chain = (ColorJitter(brightness=0.4, contrast=0.0, saturation=0.0),)
    x, _ = changed(chain, np.full((1000, 1, 1, 3), 0.5, np.float32))
    np.testing.assert_allclose(np.sort(x[:, 0, 0, 0]), np.linspace(0.3, 0.7, 1000), atol=0.03)


def test_parts_of_color_jitter_come_in_random_order(monkeypatch: pytest.MonkeyPatch):
    """All orders of the parts occur, about equally often."""
    parts = {
        name: partial(lambda digit, change, image: 0 * change + image * 10 + digit, digit)
        for digit, name in enumerate(colours._PARTS, 1)
    }
    monkeypatch.setattr(colours, "_PARTS", parts)
    x, _ = changed((ColorJitter(hue=0.1),), np.zeros((1200, 1, 1, 3), np.float32))
    orders, counts = np.unique(x[:, 0, 0, 0].round().astype(int), return_counts=True)
    assert orders.tolist() == sorted(int("".join(order)) for order in itertools.permutations("1234"))
    assert counts.min() > 20


# cutout


@pytest.mark.parametrize("size", [2, 3])
def test_cutout_sets_a_square_to_zero_wherever_its_centre(size: int):
    """Every pixel is the centre of some square, and what lies over the edge is cut off."""
    masks = np.ones((5, 6, 5, 6, 1), np.float32)
    for row, column in np.ndindex(5, 6):
        top, left = row - size // 2, column - size // 2
        masks[row, column, max(top, 0) : top + size, max(left, 0) : left + size] = 0
    x, _ = changed((Cutout(size=size),), np.ones((600, 5, 6, 1), np.float32))
    same = (x[:, None] == masks.reshape(1, 30, 5, 6, 1)).all((2, 3, 4))
    assert same.any(1).all()
    assert same.any(0).all()
    assert x.mean() == pytest.approx(masks.mean(), abs=0.01)


def test_cutout_has_as_many_holes_as_it_should():
    """Three holes of one pixel are up to three pixels, drawn each by itself."""
    x, _ = changed((Cutout(size=1, holes=3),), np.ones((300, 6, 6, 2), np.float32))
    hidden = (x == 0).all(-1).sum((1, 2))
    assert set(hidden) <= {1, 2, 3}
    assert (hidden == 3).mean() > 0.8
    assert ((x == 0).all(-1) == (x == 0).any(-1)).all()


# mixup


def test_mixup_blends_values_and_labels_alike():
    """Each example is a share of its own and the rest of its neighbour's, and so is its label; shares are from Beta."""
    values = np.eye(1000, dtype=np.float32)
    one_hot = partial(jax.nn.one_hot, num_classes=1000)
    x, labels = changed((Mixup(alpha=0.2),), values, jnp.arange(1000), shares=one_hot)
    own = x.diagonal()
    np.testing.assert_allclose(
        x, own[:, None] * values + (1 - own)[:, None] * np.roll(values, 1, 0), atol=1e-7
    )
    np.testing.assert_array_equal(labels, x)
    np.testing.assert_allclose(labels.sum(1), 1, atol=1e-6)
    assert own.min() >= 0
    assert own.max() <= 1
    assert own.mean() == pytest.approx(0.5, abs=0.05)
    assert own.var() == pytest.approx(1 / (4 * (2 * 0.2 + 1)), abs=0.01)


def test_what_is_blended_with_no_label_has_none():
    """An example without a label leaves the one after it without one too, however small its share, and no other."""
    shares = np.eye(3, dtype=np.float32)[np.arange(300) % 3]
    shares[::30] = -np.inf
    _, labels = changed(
        (Mixup(alpha=0.01),), np.zeros((300, 1)), jnp.arange(300), shares=lambda _: jnp.asarray(shares)
    )
    missing = np.isneginf(labels)
    np.testing.assert_array_equal(np.flatnonzero(missing.all(1)) % 30, [0, 1] * 10)
    assert np.isfinite(labels[~missing.any(1)]).all()


def test_mixup_wants_shares():
    """Class ids are never blended as numbers."""
    with pytest.raises(ValueError, match="shares"):
        augmenter((Mixup(),), (4, 4, 1), RAW, (0.0, 1.0))


# whole chains

WHOLE: Chain = (
    Resize(side=6, largest=9),
    Crop(padding=1),
    Flip(),
    Rotation(fill="edge"),
    ColorJitter(),
    Cutout(size=2),
)


def test_an_example_changes_alike_in_every_batch():
    """The key and the place decide how an example is changed, and not which others it is with.

    Programs for batches of other sizes round elsewhere, and no more than that.
    """
    x = np.random.default_rng(3).random((5, 6, 8, 3)).astype(np.float32)
    places, labels = jnp.array([7, 1, 4, 0, 9]), jnp.zeros(5)
    augment = partial(jax.jit(augmenter(WHOLE, (6, 8, 3), RAW, (0.0, 1.0))), jax.random.key(0))
    together = augment(places, x, labels)[0]
    np.testing.assert_array_equal(augment(places[::-1], x[::-1], labels)[0][::-1], together)
    alone = augment(places[2:3], x[2:3], labels[2:3])[0]
    np.testing.assert_allclose(alone[0], together[2], atol=1e-6)


def test_compiled_is_the_same_as_not_compiled():
    """Compilation changes nothing that is drawn."""
    x, chain = copies(photo(), 6), (Cutout(size=2),)
    augment = augmenter(chain, (6, 8, 3), RAW, (0.0, 1.0))
    plain, _ = augment(jax.random.key(0), jnp.arange(6), jnp.asarray(x), jnp.zeros(6))
    np.testing.assert_array_equal(changed(chain, x)[0], plain)


def test_key_place_and_step_decide():
    """The same key gives the same result; another key, another place or another step of the chain another one."""
    x = copies(np.ones((9, 9, 1), np.float32), 8)
    chain = (Cutout(size=1), Cutout(size=1))
    first, _ = changed(chain, x)
    np.testing.assert_array_equal(changed(chain, x)[0], first)
    assert (changed(chain, x, seed=1)[0] != first).any()
    assert len({one.tobytes() for one in first}) > 6
    assert (np.count_nonzero(first == 0, axis=(1, 2, 3)) == 2).sum() > 6


def test_types_are_kept():
    """Values come back in the type that they came in."""
    x = jnp.asarray(photo()[None], jnp.bfloat16)
    y, _ = jax.jit(augmenter((Flip(),), (6, 8, 3), RAW, (0.0, 1.0)))(
        jax.random.key(0), jnp.arange(1), x, jnp.zeros(1)
    )
    assert y.dtype == jnp.bfloat16


# label maps


def test_maps_move_with_their_images():
    """Class ids at every position go where their pixels go; what comes in from outside is ignored."""
    ids = np.random.default_rng(4).integers(0, 5, (20, 6, 8)).astype(np.int32)
    chain = (Resize(side=6, largest=9, interpolation="nearest"), Crop(padding=2), Flip(axis="both"))
    x, labels = changed(
        chain, (ids[..., None] + 1).astype(np.float32), {"a": jnp.asarray(ids), "b": jnp.arange(20)}
    )
    assert labels["a"].dtype == np.int32
    np.testing.assert_array_equal(labels["a"], x[..., 0] - 1)
    assert (labels["a"] == -1).any()
    np.testing.assert_array_equal(labels["b"], np.arange(20))


def test_maps_of_bytes_have_no_labels_outside():
    """What comes in from outside is below 0, although bytes cannot be."""
    ids = np.full((8, 6, 8), 200, np.uint8)
    _, labels = changed((Crop(padding=3),), np.zeros((8, 6, 8, 1), np.float32), jnp.asarray(ids))
    assert set(np.unique(labels)) == {-1, 200}


def test_turned_maps_hold_whole_ids():
    """A turn takes the nearest class id, where the image is blended."""
    ids = np.random.default_rng(4).integers(0, 2, (20, 7, 7)).astype(np.int32) * 4
    x, labels = changed((Rotation(degrees=90.0),), ids[..., None].astype(np.float32), jnp.asarray(ids))
    assert set(np.unique(labels)) == {-1, 0, 4}
    inside = labels[:, 2:5, 2:5] != -1
    apart = abs(x[:, 2:5, 2:5, 0] - labels[:, 2:5, 2:5])
    assert apart[inside].max() < 4
    assert apart[inside].mean() < 1


def test_targets_move_as_images_do():
    """A target in an image's shape is changed exactly as the image is."""
    x = np.random.default_rng(5).random((4, 6, 8, 3)).astype(np.float32)
    chain = (Resize(side=7), Crop(padding=1), Rotation(), Flip())
    moved, target = changed(chain, x, jnp.asarray(x))
    np.testing.assert_array_equal(moved, target)


def test_maps_of_other_sizes_are_refused_where_they_would_not_fit():
    """A flip makes sense of smaller maps; a crop does not, and says so."""
    ids = jnp.arange(4)[:, None, None] * jnp.ones((4, 2, 2), jnp.int32)
    x = copies(photo(), 4)
    assert changed((Flip(),), x, ids)[1].shape == (4, 2, 2)
    with pytest.raises(TrainError, match="labels of 2x2 cannot move with images of 6x8"):
        changed((Crop(),), x, ids)


def test_every_kind_is_done():
    """Each augmentation of the language has its function."""
    assert set(_CHANGES) == set(Augmentation.kinds)
