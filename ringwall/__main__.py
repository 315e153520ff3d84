"""`python -m ringwall`: the command line."""

from ringwall.cli.main import main

main()
