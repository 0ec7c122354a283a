"""The processes of identity: `python -m panjareh_identity rpc|follower|migrate|appoint|erase|verify-log|catch-up`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_identity.entrypoints"
    commands = ("rpc", "follower", "migrate", "appoint", "erase")
    run("identity", {command: f"{home}.{command}" for command in commands} | SHARED_DOORS)
