"""The one error that bootpy shows to people."""


class BootError(Exception):
    """Something that a person can act upon went wrong.

    `message` says what happened and where (file, device, line); `hint` says what to do
    about it. Commands print both and exit; a traceback appears only with --debug.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message
