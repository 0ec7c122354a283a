"""The processes of requests: `python -m panjareh_requests rpc|follower|http|clock|migrate|rebuild|verify-decisions|verify-log|catch-up`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_requests.entrypoints"
    commands = ("rpc", "follower", "http", "clock", "migrate", "rebuild")
    own = {command: f"{home}.{command}" for command in commands}
    own["verify-decisions"] = f"{home}.verify_decisions"
    run("requests", own | SHARED_DOORS)
