"""The processes of identity: `python -m panjareh_identity rpc|follower|migrate|appoint|verify-log`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_identity.entrypoints"
    commands = ("rpc", "follower", "migrate", "appoint")
    run("identity", {command: f"{home}.{command}" for command in commands} | SHARED_DOORS)
