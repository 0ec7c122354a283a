"""The process of the gateway: `python -m panjareh_gateway http`."""

from panjareh_common.process import run

if __name__ == "__main__":
    run("gateway", {"http": "panjareh_gateway.entrypoints.http"})
