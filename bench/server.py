"""A server over a prepared store, for measurements: the demo users sign in as in a demo.

`python -m bench.server FOLDER PORT [--cases N]` first writes N cases, catches up, then answers on 127.0.0.1.
"""

import argparse
from pathlib import Path

import uvicorn

from api.app import create_app
from api.demo_users import PASSWORD, enrol, keep_accounts
from api.signing_in.passwords import Passwords
from bench.ours import COMMUNITY, fill
from scripts.opening import opened
from scripts.setting_up import apply, load


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--cases", type=int, default=0)
    asked = parser.parse_args()
    with opened(asked.folder) as engine:
        apply(engine.desk, load(COMMUNITY))
        enrol(engine)
        keep_accounts(engine, Passwords().hash(PASSWORD), engine.clock())
        fill(engine, asked.cases)
        engine.catch_up()
        engine.start()
        app = create_app(engine, demo=True)
        uvicorn.run(app, host="127.0.0.1", port=asked.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
