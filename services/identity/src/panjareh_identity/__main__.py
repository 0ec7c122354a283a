"""The processes of identity: `python -m panjareh_identity rpc|follower|http|clock|migrate|appoint|erase|publish-statement|signing-keys|first-administrator|verify-log|catch-up`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_identity.entrypoints"
    commands = (
        "rpc",
        "follower",
        "http",
        "clock",
        "migrate",
        "appoint",
        "erase",
        "publish-statement",
        "signing-keys",
        "first-administrator",
    )
    doors = {command: f"{home}.{command.replace('-', '_')}" for command in commands}
    run("identity", doors | SHARED_DOORS)
