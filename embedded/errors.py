"""What can go wrong while the embedded stack starts or runs."""

from cs_core.base.errors import CsError


class PortTaken(CsError):
    message = "Port {port} is taken. Stop what uses it, or choose another with {option}."
    exit_code = 2


class StackBusy(CsError):
    message = (
        "Another stack already runs on {data_dir}. Stop it first, or choose another --data-dir."
    )
    exit_code = 2


class StackNotRunning(CsError):
    message = (
        "No stack runs on {data_dir}. Start one with: python -m embedded up --data-dir {data_dir}"
    )
    exit_code = 2


class StackFailed(CsError):
    message = "The embedded stack stopped: {reason}. Its logs are in {data_dir}/log."


class NotADemo(CsError):
    message = (
        "{data_dir} holds suppliers or sign-ins that no demo made. Choose another one: DATA=DIR"
    )
    exit_code = 2


class WrongDirectory(CsError):
    message = "{data_dir} holds files that are not an embedded stack's. Choose an empty --data-dir."
    exit_code = 2


class OtherSchema(CsError):
    message = (
        "The database was made with another schema. Start over: make reset, or another --data-dir."
    )
    exit_code = 2
