"""The processes of requests: `python -m panjareh_requests rpc|follower|clock|migrate|rebuild|verify-log|catch-up`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_requests.entrypoints"
    commands = ("rpc", "follower", "clock", "migrate", "rebuild")
    run("requests", {command: f"{home}.{command}" for command in commands} | SHARED_DOORS)
