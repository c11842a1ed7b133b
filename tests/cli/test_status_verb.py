"""`bootpy status` and `bootpy unload`: words, JSON, exit status."""

import json
from pathlib import Path

import jsonschema
import pytest

from bootpy.cli.main import main
from bootpy.cli.status import status_lines, status_object
from bootpy.kexec.state import State, look

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/status.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

FULL = State(True, True, True, 128 << 20, 3, 0, True, "integrity")


@pytest.mark.parametrize("state", [State(False), State(True, lockdown="none"), FULL])
def test_json_is_as_the_schema_says(state: State) -> None:
    VALIDATOR.validate(status_object(state))


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(status_object(FULL) | {"lockdown": "locked"})


def test_json_values() -> None:
    assert status_object(FULL) == {
        "schema": 1,
        "supported": True,
        "reboot": {"loaded": True, "loads_left": 3},
        "crash": {"loaded": True, "reserved": 134217728, "loads_left": 0},
        "disabled": True,
        "lockdown": "integrity",
    }


def test_words() -> None:
    assert list(status_lines(FULL)) == [
        "for a reboot   a kernel is loaded",
        "for a crash    a kernel is loaded, in 134 MB set aside",
        "loading        switched off until the next reboot (kernel.kexec_load_disabled is 1)",
        "loading        3 more loads, failed ones included (kernel.kexec_load_limit_reboot is 3)",
        "loading        no more loads (kernel.kexec_load_limit_panic is 0)",
        "lockdown       integrity: only signed kernels can be loaded",
    ]
    assert list(status_lines(State(True, lockdown="none"))) == [
        "for a reboot   nothing is loaded",
        "for a crash    no memory is set aside (crashkernel= on the kernel command line)",
    ]
    assert list(status_lines(State(True, reserved=1 << 20)))[1] == (
        "for a crash    nothing is loaded; 1.0 MB are set aside"
    )
    (line,) = status_lines(State(False))
    assert "has no kexec" in line


def test_of_this_machine(capfd: pytest.CaptureFixture[str]) -> None:
    state = look()
    expected = {True: 0, False: 1}[state.reboot] if state.supported else 2
    assert main(["status", "--json"]) == expected
    assert json.loads(capfd.readouterr().out) == status_object(state)


def test_unload_where_nothing_is_loaded(capfd: pytest.CaptureFixture[str]) -> None:
    state = look()
    if state.reboot:
        pytest.skip("a kernel is loaded here, and is not the test's to unload")
    assert main(["unload"]) == (0 if state.supported else 1)
    said = capfd.readouterr()
    assert "nothing was loaded" in said.out if state.supported else "has no kexec" in said.err
