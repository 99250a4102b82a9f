"""What the agent is held against: a FastAPI route doing one FULL insert into SQLite.

`python -m tests.bench.bare_route FILE` prints its port. One event loop, one connection, the insert
inline: nothing is faster that answers only after the commit and commits for each answer. It runs on
what `uvicorn[standard]` brings (httptools, uvloop), as the agent does.
"""

import socket
import sqlite3
import sys
from typing import Any

import uvicorn
from fastapi import FastAPI


def main(file: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE sale (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT")
    app = FastAPI(openapi_url=None)

    @app.post("/v1/sales", status_code=201)
    async def sell(sale: dict[str, Any]) -> dict[str, Any]:
        connection.execute("INSERT INTO sale VALUES (?, ?)", (sale["id"], str(sale)))
        return {"id": sale["id"]}

    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app, http="httptools", loop="uvloop", log_config=None, access_log=False, lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1])
