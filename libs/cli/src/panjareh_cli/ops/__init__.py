"""`panjareh ops`: an operator's day, for a release on Kubernetes or the platform of this machine.

Exit codes: 0 done, or nothing is wrong; 1 it did not work, or something is wrong; 2 asked in a way that
makes no sense. Commands that change something say first what they will do, and ask unless told `--yes`.
"""
