"""Sandbox authorities and an SMS gateway: real programs over the real protocols."""
