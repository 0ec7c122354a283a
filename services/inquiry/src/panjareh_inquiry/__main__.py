"""The processes of the exchange: `python -m panjareh_inquiry rpc|follower|clock|migrate|connect|verify-log|catch-up`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_inquiry.entrypoints"
    commands = ("rpc", "follower", "clock", "migrate", "connect")
    run("inquiry", {command: f"{home}.{command}" for command in commands} | SHARED_DOORS)
