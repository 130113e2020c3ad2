"""`python -m router` is `contact-router`."""

from __future__ import annotations

from router.cli.main import main

if __name__ == "__main__":
    main()
