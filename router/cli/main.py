"""All commands, and what becomes of their errors: 0 is done, 1 a refusal, 2 a command that was not understood."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import aiohttp
import click

from router.cli.agent import agent
from router.cli.audit import audit
from router.cli.channel import channel
from router.cli.contact import contact
from router.cli.customers import customers
from router.cli.demo import demo
from router.cli.events import events
from router.cli.operation import apply, check
from router.cli.queues import queues
from router.cli.report import report
from router.cli.serve import serve
from router.cli.token import token
from router.kit.errors import Fault, OperationInvalid, Refusal, RouterError
from router.kit.log import log_to

ADVICE = {
    "unknown_workspace": "`contact-router apply FILE` makes a workspace; --workspace names one of several.",
    "wrong_clock": "The demo ran here, and its workspace has a clock of its own: use another --data or workspace.",
    "stale": "Somebody else applied an operation at the same time: look at it, and repeat the command.",
    "unauthorized": "Make a token with `contact-router token create`, and give it by --token or CONTACT_ROUTER_TOKEN.",
    "wrong_role": "`contact-router token create --role …` makes a token for it.",
    "unknown_token": "`contact-router token list` shows the ids.",
    "events_trimmed": "Begin anew without --after; what lies between is no longer kept.",
    "unkept_day": "Events are kept for 30 days, but no more than the last million: report each day while they are.",
    "nobody_there": "Does `contact-router serve` run there? --url or CONTACT_ROUTER_URL says where it is.",
    "no_router": "--url or CONTACT_ROUTER_URL says where the router is: http://HOST:PORT/v1/WORKSPACE.",
    "not_still": "Look in a quieter hour, or at a copy of the data; without --keys the events alone are read.",
    "store_away": "The router has lost its store for the moment: repeat the command.",
    "not_replicated": "No replica confirms at the moment: repeat the command, which may have been done already.",
}
"""What to do about a refusal, by its code."""


class Commands(click.Group):
    """The group of all commands."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what it raises becomes an error that says what to do next."""
        try:
            return super().invoke(ctx)
        except OperationInvalid as invalid:
            _fail(str(invalid), "Nothing was applied. Correct the file; `contact-router check FILE` looks again.")
        except Refusal as refusal:
            _fail(str(refusal), ADVICE.get(refusal.code))
        except Fault as fault:
            _fail(
                str(fault), "Is the server there? --redis says where, --data names the directory of the embedded one."
            )
        except BrokenPipeError:
            raise  # whoever read our output has enough; click ends quietly
        except (RouterError, OSError) as error:
            _fail(str(error))
        except aiohttp.ClientError as error:
            _fail(str(error) or type(error).__name__)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`contact-router COMMAND --help` shows each command's options and examples.",
)
@click.version_option(package_name="contact-router", prog_name="contact-router", message="%(prog)s %(version)s")
def cli() -> None:
    """Routes customers' contacts to the agents who may and can serve them."""
    log_to(level="warning")
    logging.captureWarnings(capture=True)


for command in (serve, demo, check, apply, token, agent, audit, report, contact, queues, events, customers, channel):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line and exit."""
    cli.main(prog_name="contact-router")
    raise SystemExit(0)


def _fail(message: str, advice: str | None = None) -> NoReturn:
    raise click.ClickException(f"{message}\n{advice}" if advice else message)
