# SPDX-License-Identifier: Apache-2.0
"""Runs the test_ functions of a module and prints TAP."""
import time


class Skip(Exception):
    """Raised by a test that cannot run here, with the reason."""


def wait_for(f, what, more=lambda: "", seconds=90):
    """What `f` returns once it is true; when it never is, fail with the end of what `more` tells."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        got = f()
        if got:
            return got
        time.sleep(0.03)
    raise AssertionError(f"waited in vain for {what}: {more()[-1500:]}")


def main(tests, call=lambda test: test(), wanted=""):
    """Call each test of the namespace `tests` whose name holds `wanted`; exit status."""
    tests = [(n, f) for n, f in sorted(tests.items()) if n.startswith("test_") and wanted in n]
    print(f"1..{len(tests)}")
    failed = 0
    for number, (name, test) in enumerate(tests, 1):
        try:
            note = call(test)
            print(f"ok {number} - {name[5:]}" + (f" # {note}" if note else ""), flush=True)
        except Skip as e:
            print(f"ok {number} - {name[5:]} # SKIP {e}", flush=True)
        except Exception as e:  # pylint: disable=broad-except
            failed += 1
            print(f"not ok {number} - {name[5:]}")
            print("# " + f"{type(e).__name__}: {e}".replace("\n", "\n# "), flush=True)
    return 1 if failed else 0
