"""The commands of the images view."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from eventglass.app.models.commands import Command
from eventglass.widgets.plots.image_canvas import ZOOM_STEP
from eventglass.widgets.views.image_viewer import MODES

if TYPE_CHECKING:
    from eventglass.app.models.image_rows import ImageRef
    from eventglass.widgets.views.images import ImagesView

POINT_AT = "Click an image first"
OPEN_ONE = "Open an image first"
OPEN_TWO = "Open two images first"


def image_commands(view: ImagesView) -> tuple[Command, ...]:
    """Return the commands of a view."""
    return (*_of_one_image(view), *_of_the_viewer(view), *_of_the_gallery(view))


def _of_one_image(view: ImagesView) -> list[Command]:
    def with_ref(action: Callable[[ImageRef], object]) -> Callable[[], object]:
        def run() -> None:
            ref = view.current_ref()
            if ref is not None:
                action(ref)

        return run

    def exists() -> bool:
        return view.current_ref() is not None

    def why() -> str:
        return POINT_AT

    actions = view.doing
    found = [
        ("open", "Open the image in full", view.open_current, "Return", "expand", "view zoom"),
        ("pick", "Mark the image for comparison", view.pick_current, "", "add", "select"),
        ("compare", "Compare images", view.compare, "C", "compare", "side by side runs"),
        (
            "compare_before",
            "Compare with the step before",
            with_ref(lambda ref: view.open_refs(view.neighbours_of(ref))),
            "",
            "compare",
            "previous",
        ),
        (
            "compare_ends",
            "Compare the first and the last step",
            with_ref(lambda ref: view.open_refs(view.ends_of(ref))),
            "",
            "compare",
            "",
        ),
        ("copy", "Copy the image", with_ref(actions.copy), "Ctrl+Shift+C", "copy", "clipboard"),
        ("save", "Save the image as stored…", with_ref(actions.save_stored), "", "export", "bytes"),
        (
            "save_shown",
            "Save the image as displayed…",
            with_ref(actions.save_shown),
            "",
            "export",
            "png",
        ),
        ("save_gif", "Save all steps as GIF…", with_ref(actions.save_gif), "", "export", "film"),
        (
            "save_files",
            "Save all steps as files…",
            with_ref(partial(actions.save_files, as_shown=False)),
            "",
            "export",
            "sequence png",
        ),
        (
            "save_files_shown",
            "Save all steps as PNG files, as displayed…",
            with_ref(partial(actions.save_files, as_shown=True)),
            "",
            "export",
            "sequence png",
        ),
        (
            "save_sheet",
            "Save a contact sheet of all steps…",
            with_ref(actions.save_sheet),
            "",
            "export",
            "overview grid",
        ),
    ]
    return [
        Command(
            f"images.{name}",
            title,
            run,
            "Tools/3",
            (shortcut,) if shortcut and shortcut != "Return" else (),
            icon,
            exists,
            None,
            words,
            why,
        )
        for name, title, run, shortcut, icon, words in found
    ]


def _of_the_viewer(view: ImagesView) -> list[Command]:
    viewer = view.viewer

    def is_open() -> bool:
        return not view.in_gallery

    def several() -> bool:
        return is_open() and len(viewer.refs) > 1

    def why_not_open() -> str:
        return OPEN_ONE

    def why_not_two() -> str:
        return OPEN_TWO

    def command(name: str, title: str, run: Callable[[], object], keys: str, icon: str) -> Command:
        shortcuts = tuple(key for key in keys.split() if key)
        return Command(
            f"images.{name}",
            title,
            run,
            "Tools/4",
            shortcuts,
            icon,
            is_open,
            None,
            "",
            why_not_open,
        )

    def mode_is(mode: str) -> bool:
        return viewer.mode == mode

    return [
        command("close", "Back to the gallery", view.close_viewer, "", "back"),
        command("fit", "Show all of the image", viewer.fit, "F", "fit"),
        command("natural", "One pixel for each pixel", viewer.natural_size, "1", "natural-size"),
        command("zoom_in", "Zoom in", partial(viewer.zoom_by, ZOOM_STEP), "+ =", "zoom-in"),
        command("zoom_out", "Zoom out", partial(viewer.zoom_by, 1 / ZOOM_STEP), "-", "zoom-out"),
        command("next_sample", "Next sample", partial(viewer.move_sample, 1), ".", ""),
        command("sample_before", "Sample before", partial(viewer.move_sample, -1), ",", ""),
        command("sheet", "Save the images shown as a sheet…", view.save_shown_sheet, "", "export"),
        *(
            Command(
                f"images.mode_{mode}",
                f"Compare: {text.lower()}",
                partial(view.edit, "Change the comparison", compare=mode),
                "Tools/5",
                (),
                "",
                several,
                partial(mode_is, mode),
                "images",
                why_not_two,
            )
            for mode, text in MODES
        ),
    ]


def _of_the_gallery(view: ImagesView) -> list[Command]:
    workspace = view.context.workspace

    def options_are(field: str, value: object) -> bool:
        return bool(getattr(workspace.state.images, field) == value)

    layouts = (
        ("steps", "Images: some steps on a line"),
        ("all", "Images: all steps"),
        ("samples", "Images: all samples"),
    )
    return [
        *(
            Command(
                f"images.layout_{value}",
                title,
                partial(view.edit, "Change the columns of images", layout=value),
                "Tools/6",
                checked=partial(options_are, "layout", value),
                keywords="gallery columns rows",
            )
            for value, title in layouts
        ),
        Command("images.clear_picks", "Clear the comparison", view.clear_picks, "Tools/6"),
        Command("images.as_logged", "Show images as logged", view.reset_look, "Tools/6"),
        Command(
            "images.stretch",
            "Stretch the numbers to black and white",
            view.stretch_window,
            "Tools/6",
            keywords="window contrast",
        ),
        Command(
            "images.rotate", "Rotate images to the right", view.rotate, "Tools/6", icon="rotate"
        ),
        Command("images.flip", "Flip images", view.flip, "Tools/6", icon="flip"),
    ]
