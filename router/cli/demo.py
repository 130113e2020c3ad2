"""`demo`: an operation with robots as its customers and agents."""

from __future__ import annotations

from pathlib import Path

import click

from router.cli.options import metrics_option, place, run, store_options
from router.demo.run import run_demo


@click.command(
    epilog="""\b
Examples:
  contact-router demo
  contact-router demo --speed 1 --hour 18

The first lines say how to take an agent's place. Ctrl-C ends it and leaves only the data directory."""
)
@click.option(
    "--operation", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Its operation, with a demand.toml beside it; without it, a mobile operator's branch in Krasnoyarsk.",
)  # fmt: skip
@store_options
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Without it, 8080 or the next that is free.")
@metrics_option
@click.option("--speed", default=5.0, show_default=True, type=click.FloatRange(1, 60), help="Times faster than life.")
@click.option("--hour", default=11.0, show_default=True, type=click.FloatRange(0, 24), help="Of the day it begins at.")
@click.option("--seed", default=1, show_default=True, help="Another one is another day.")
def demo(
    operation: Path | None,
    data: Path | None,
    redis: str | None,
    host: str,
    port: int | None,
    metrics: tuple[str, int] | None,
    speed: float,
    hour: float,
    seed: int,
) -> None:
    """Show the router alive, with robots.

    They are customers and agents of an operation, over its public API; what happens is drawn each second.
    """
    where = place(data, redis)
    run(
        run_demo(
            operation=operation,
            data=where.get("data"),
            redis=where.get("url"),
            host=host,
            port=port,
            metrics=metrics,
            speed=speed,
            hour=hour,
            seed=seed,
        ),
        endless=True,
    )
