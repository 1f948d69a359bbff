"""Run the command line from a checkout: `python cli.py check specs/vgg16.yaml`."""

from netspec.cli import main

main()
