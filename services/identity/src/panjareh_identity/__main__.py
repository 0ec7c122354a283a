"""The processes of identity: `python -m panjareh_identity rpc|follower|migrate|appoint`."""

from panjareh_common.process import run

if __name__ == "__main__":
    home = "panjareh_identity.entrypoints"
    commands = ("rpc", "follower", "migrate", "appoint")
    run("identity", {command: f"{home}.{command}" for command in commands})
