"""The processes of catalog: `python -m panjareh_catalog rpc|follower|clock|migrate|publish|keep-quotas|announce-days|announce-outage|end-outage|keep-synonyms|verify-log|catch-up`."""

from panjareh_common.process import SHARED_DOORS, run

if __name__ == "__main__":
    home = "panjareh_catalog.entrypoints"
    commands = ("rpc", "follower", "clock", "migrate", "publish")
    doors = ("keep-quotas", "announce-days", "announce-outage", "end-outage", "keep-synonyms")
    modules = {door: f"{home}.{door.replace('-', '_')}" for door in doors}
    run("catalog", {command: f"{home}.{command}" for command in commands} | modules | SHARED_DOORS)
