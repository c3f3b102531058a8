"""`python -m kpio_build.cli`: what ./kpio runs in its environment."""

import sys

from kpio_build.cli.main import main

sys.exit(main(sys.argv[1:]))
