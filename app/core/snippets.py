"""Python that reads the same series again, for a script or a notebook."""

from __future__ import annotations

from collections.abc import Sequence

#: Beyond so many series a list of them says less than "all".
MOST_SERIES = 200


def python_snippet(
    roots: Sequence[str], series: Sequence[tuple[str, str] | tuple[str, str, str]]
) -> str:
    """Return a program that loads series and leaves them in ``series``, by run and tag.

    Parameters
    ----------
    roots
        Paths of the logs that are open.
    series
        (run, tag), or with several roots (run, tag, root); without one the first root is meant.
        Empty, or more than `MOST_SERIES`: all scalars of the roots.
    """
    used = list(dict.fromkeys(each[2] if len(each) > 2 else roots[0] for each in series))
    used = [root for root in roots if root in used] or list(roots[:1])
    lines = ["from eventglass.app import load", ""]
    name_of: dict[str, str] = {}
    for number, root in enumerate(used, start=1):
        name = name_of[root] = "log" if len(used) == 1 else f"log_{number}"
        lines.append(f"{name} = load({_literal(root)})")
    if not series or len(series) > MOST_SERIES:
        lines += ["series = {", *(_every(name) for name in name_of.values()), "}"]
    else:
        lines.append("series = {")
        for each in series:
            run, tag = each[0], each[1]
            log = name_of[each[2] if len(each) > 2 else roots[0]]
            key = f"{_literal(run)}, {_literal(tag)}"
            if len(used) > 1:
                key = f"{_literal(each[2] if len(each) > 2 else roots[0])}, {key}"
            # The kind makes sure: a tag may have been written by two plugins.
            lines.append(f'    ({key}): {log}[{_literal(run)}][{_literal(tag)}, "scalar"],')
        lines.append("}")
    lines += [
        "",
        "for name, points in series.items():",
        "    # points.steps, points.wall_times and points.values are NumPy arrays",
        "    print(*name, len(points), points.values[-1:])",
        "",
    ]
    return "\n".join(lines)


def _every(log: str) -> str:
    return (
        f"    **{{({log!r}, run, one.tag): one for run in {log} "
        f'for one in {log}[run].series if one.kind == "scalar"}},'
    )


def _literal(text: str) -> str:
    """Return a Python literal of plain ASCII; names may hold anything."""
    return ascii(text)
