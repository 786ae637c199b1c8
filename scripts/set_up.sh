# Makes .venv from the hash-locked requirements. Sourced by scripts/server, scripts/test and scripts/huisheng.
#
#   set_up runtime   what the product needs (requirements.lock)
#   set_up test      that, and what the tests and checks need (requirements-test.lock)
#
# Needs Python >= 3.11 and a package index that pip can reach; nothing else. Does nothing when nothing changed.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=$root/.venv
venv_python=$venv/bin/python

# Python compiles each source once and keeps the result in .venv: without it every start takes half as long again
# or twice. A machine may forbid Python to write beside its sources; here it does not.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX=$venv/bytecode

say() { printf '%s\n' "$*" >&2; }

stop() {
    say "huisheng: $*"
    exit 2
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    stop "needs Python 3.11 or newer on PATH (or name one: PYTHON=/path/to/python3.12 $0)"
}

make_venv() {
    local python
    python=$(find_python) || exit 2
    say "huisheng: making $venv with $("$python" --version)"
    "$python" -m venv "$venv" 2>/dev/null && return
    # Some systems ship Python without its `ensurepip`: then the pip beside it can serve the new place.
    rm -rf "$venv"
    "$python" -m venv --without-pip "$venv" || stop "could not make $venv"
    "$python" -m pip --python "$venv_python" install --quiet pip 2>/dev/null && return
    rm -rf "$venv"
    stop "this Python has neither ensurepip nor pip; on Debian or Ubuntu: apt-get install python3-venv"
}

# The one package that installs the others, taken from the lock with its hashes.
install_uv() {
    awk '/^uv==/ { on = 1; print; next } /^[^ ]/ { on = 0 } on' "$root/requirements.lock" >"$venv/uv.lock"
    "$venv_python" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$venv/uv.lock"
}

# uv does not read pip's settings: hand it the index a user has chosen there (a mirror near him, say).
choose_index() {
    local index
    if [ -z "${UV_DEFAULT_INDEX:-}" ]; then
        index=${PIP_INDEX_URL:-$("$venv_python" -m pip config get global.index-url 2>/dev/null || true)}
        [ -z "$index" ] || export UV_DEFAULT_INDEX=$index
    fi
}

install_locked() {
    local lock=$1
    if install_uv; then
        choose_index
        UV_LINK_MODE=${UV_LINK_MODE:-copy} "$venv/bin/uv" pip sync --quiet --python "$venv_python" \
            --require-hashes "$lock" && return
        say "huisheng: uv could not install; trying pip"
    fi
    "$venv_python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" ||
        stop "could not install $(basename "$lock"); is a package index within reach?"
}

# In place, so that a folder's name is its import name and an edit needs no new installation.
install_ourselves() {
    "$venv_python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
        --no-index --editable "$root" >/dev/null || stop "could not install the project itself into $venv"
}

set_up() {
    # One at a time: a server and a test run may be started together. The lock ends with this block.
    if command -v flock >/dev/null; then
        exec 9<"$root/scripts/set_up.sh"
        flock 9
        set_up_alone "$1"
        exec 9<&-
    else
        set_up_alone "$1"
    fi
}

set_up_alone() {
    local kind=$1 lock stamp wanted
    if [ ! -x "$venv_python" ] || ! "$venv_python" -c '' 2>/dev/null; then
        rm -rf "$venv"
        make_venv
    fi
    wanted=$(cat "$root/requirements.lock" "$root/requirements-test.lock" "$root/pyproject.toml" | cksum)
    if [ "$(cat "$venv/set-up.test" 2>/dev/null)" = "$wanted" ]; then return; fi
    # Whoever has run the tests here keeps what they need, also when the server is started next.
    if [ -e "$venv/set-up.test" ]; then kind=test; fi
    stamp=$venv/set-up.$kind
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then return; fi
    lock=$root/requirements.lock
    if [ "$kind" = test ]; then lock=$root/requirements-test.lock; fi
    say "huisheng: installing $(basename "$lock") (once; about 20 seconds)"
    install_locked "$lock"
    install_ourselves
    printf '%s\n' "$wanted" >"$stamp"
}
