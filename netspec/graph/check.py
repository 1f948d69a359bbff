from netspec.checking import *  # noqa
from netspec.checking import Report, check, check_text, examine, Options  # noqa
