"""A small web application: `python -m app.main` serves it, `--routes` lists what it answers."""

import sys

import uvicorn
from fastapi import FastAPI

app = FastAPI()


@app.get("/hello/{name}")
def hello(name: str) -> dict:
    return {"hello": name}


if __name__ == "__main__":
    if "--routes" in sys.argv:
        print(*app.openapi()["paths"], sep="\n")
    else:
        uvicorn.run(app, host="0.0.0.0", port=8000)
