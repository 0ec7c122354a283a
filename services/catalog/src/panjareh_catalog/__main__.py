"""The processes of catalog: `python -m panjareh_catalog rpc|follower|migrate|publish|verify-log|catch-up`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_catalog.entrypoints"
    commands = ("rpc", "follower", "migrate", "publish")
    run("catalog", {command: f"{home}.{command}" for command in commands} | SHARED_DOORS)
