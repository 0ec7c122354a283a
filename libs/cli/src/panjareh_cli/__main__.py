"""`python -m panjareh_cli` is the command `panjareh`: an image starts every package that way."""

from panjareh_cli.main import app

if __name__ == "__main__":
    app()
