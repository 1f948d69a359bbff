"""Run the command line from a checkout: `python cli.py check vgg16`."""
from netspec.cli import main
main()
