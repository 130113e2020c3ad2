"""An adapter's settings and secrets: from a file, from the environment; secrets from nowhere but the environment."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from channels.kit.failures import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from channels.kit.port import Description


def variable(manifest: Description, name: str) -> str:
    """The environment variable of a setting or a secret."""
    return f"CONTACT_ROUTER_{manifest.name}_{name}".upper().replace("-", "_").replace(".", "_")


def read_settings(manifest: Description, file: Path | None, environment: Mapping[str, str], **given: Any) -> Any:
    """The settings that the file's table `[<channel>]` and the environment give, in which a list has commas.

    What is `given` wins, then the environment. Raises `Misconfigured`, and OSError.
    """
    try:
        tables: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Misconfigured(f"{file}: {error}") from None
    found: dict[str, Any] = dict(tables.get(manifest.name, {}))
    for secret in {*manifest.secrets, *manifest.optional_secrets} & found.keys():
        raise Misconfigured(f"{file}, {manifest.name}.{secret}: secrets come from {variable(manifest, secret)} only")
    for field in msgspec.structs.fields(manifest.settings):
        said = environment.get(variable(manifest, field.name))
        if said is not None:
            is_list = not isinstance(field.default, str) and isinstance(field.default, tuple)
            found[field.name] = [part.strip() for part in said.split(",") if part.strip()] if is_list else said
    return settings_of(manifest, found | given)


def settings_of(manifest: Description, given: Mapping[str, Any]) -> Any:
    """The settings with these values. Raises `Misconfigured`."""
    try:
        return msgspec.convert(dict(given), manifest.settings, strict=False)
    except msgspec.ValidationError as error:
        raise Misconfigured(f"settings of {manifest.name}: {error}") from None


def read_secrets(manifest: Description, environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets that the environment has. Raises `Misconfigured`, which names all that are missing."""
    found = {
        name: environment[variable(manifest, name)]
        for name in (*manifest.secrets, *manifest.optional_secrets)
        if environment.get(variable(manifest, name))
    }
    missing = [variable(manifest, name) for name in manifest.secrets if name not in found]
    if missing:
        raise Misconfigured(f"{manifest.name} does not start without {' and '.join(missing)} in the environment")
    return found
