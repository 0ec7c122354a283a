"""The remote methods of identity, one class a part; `IdentityService` in `entrypoints/rpc.py` inherits them all."""
