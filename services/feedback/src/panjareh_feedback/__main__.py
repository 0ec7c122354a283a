"""The processes of feedback: `python -m panjareh_feedback rpc|follower|migrate|verify-log|catch-up`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_feedback.entrypoints"
    commands = ("rpc", "follower", "migrate")
    run("feedback", {command: f"{home}.{command}" for command in commands} | SHARED_DOORS)
