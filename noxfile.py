# Copyright (c) 2026, the idops.sailpoint contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The development sessions: `make help` names them, `make test` runs those that tell most in the shortest time, `make
check-release` all.

Words after `--` go to the tool of a session: `nox -s unit -- -k durations`, `nox -s integration -- -k access_token`,
or `-- -n 0 --pdb -k access_token` for a debugger.
A session without a release in its name runs on the newest ansible-core that an interpreter of this machine can run;
`sanity-2.16` and the like are the same on another one.

Two environment variables change what the sessions do:

* IDOPS_SAILPOINT_EVERYTHING, with any text: they leave nothing out, and measure coverage, as `make check-release` wants
* IDOPS_SAILPOINT_CORE: a requirement to install in the place of the newest ansible-core, such as that of its
  development version or of a release candidate
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Callable

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tests"))

from tools import ansible_test, collection, index, place, pythons  # noqa: E402

EVERYTHING = bool(os.environ.get("IDOPS_SAILPOINT_EVERYTHING"))
OTHER_CORE = os.environ.get("IDOPS_SAILPOINT_CORE", "").strip()

PYTHONS = pythons.find()
CORES = pythons.cores(PYTHONS)
if not CORES:
    raise SystemExit("No Python here runs a supported ansible-core: 3.11 or newer is needed.")
LEFT_OUT = pythons.left_out(CORES)
if OTHER_CORE:
    CORES[-1] = pythons.other_core(OTHER_CORE, PYTHONS)
OLDEST, NEWEST = CORES[0], CORES[-1]
#: What the tests run on; one of them where the machine has no more.
ENDS = list(dict.fromkeys([NEWEST, OLDEST]))

BUILD = ROOT / "build"
RESULTS = BUILD / "test-results"
COVERAGE = BUILD / "coverage"
try:
    ENVIRONMENTS = place.environments(ROOT)
except place.NoPlaceError as error:
    raise SystemExit(str(error)) from None
CACHE = ENVIRONMENTS / ".cache"
REQUIREMENTS = ROOT / "tests" / "requirements"

# Shims of version managers that do not run must not hide the interpreters that do; and tests that need further packages
# install them with the uv that lies beside nox.
UV = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]))
LINKS = pythons.link_folder(PYTHONS, CACHE / "pythons", uv=UV)
os.environ["PATH"] = os.pathsep.join([str(LINKS), os.environ.get("PATH", os.defpath)])

nox.needs_version = ">=2026.10.20"
nox.options.allow_parallel = True
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.envdir = str(ENVIRONMENTS)
nox.options.error_on_missing_interpreters = True
nox.options.sessions = []

#: The tests to run, by their marks: what lasts is left to `make check-release`, which needs no short form of it.
EXTENT = "not brief" if EVERYTHING else "not thorough"

Work = Callable[[nox.Session, pythons.Core], None]


def install(session: nox.Session, files: Sequence[Path], packages: Sequence[str] = ()) -> None:
    """Installs requirement files and packages into the session's environment, unless they are what was put there last.

    Asking for them each time would cost seconds, and the package index.
    """
    stamp = Path(session.virtualenv.location) / "requirements.sha256"
    text = "\0".join([*packages, *(file.read_text(encoding="utf-8") for file in _with_included(files))])
    wanted = hashlib.sha256(text.encode()).hexdigest()
    moving = any("://" in package for package in packages)  # an address may hold something new each day
    if not moving and stamp.is_file() and stamp.read_text(encoding="ascii") == wanted:
        return
    stamp.unlink(missing_ok=True)
    arguments = [word for file in files for word in ("-r", str(file))]
    session.install("--quiet", "--upgrade", *packages, *arguments, silent=False, env=_uv_environment(session))
    stamp.write_text(wanted, encoding="ascii")


def _uv_environment(session: nox.Session) -> dict[str, str]:
    """What uv, if the session's environment is one of uv's, has to know in order to install from where pip would."""
    if session.venv_backend != "uv":
        return {}
    # It hands the interpreters that are here to the sessions by links, and looks for no other.
    return {"UV_PYTHON_DOWNLOADS": "never", **index.uv_environment(index.pip_settings())}


def _with_included(files: Sequence[Path]) -> list[Path]:
    """Adds the requirement files that the given ones include."""
    known: list[Path] = []
    for file in files:
        lines = file.read_text(encoding="utf-8").splitlines()
        known += [file, *_with_included([file.parent / line[3:].strip() for line in lines if line.startswith("-r ")])]
    return known


def per_core(name: str, cores: Sequence[pythons.Core], work: Work) -> list[str]:
    """Makes a session of `work` for each release of ansible-core; the newest has the plain name. Returns the names."""
    names = []
    for core in cores:
        label = name if core == NEWEST else f"{name}-{core.release}"

        def run(session: nox.Session, core: pythons.Core = core) -> None:
            work(session, core)

        run.__doc__ = f"{work.__doc__} (ansible-core {core.wanted or core.release}, Python {core.python})"
        nox.session(name=label, python=core.python)(run)
        names.append(label)
    return names


def _minor(version: str) -> int:
    return int(version.partition(".")[2])


def measured(session: nox.Session) -> dict[str, str]:
    """Prepares the measuring of coverage in all Python processes of a session; returns the environment for them.

    Modules run from a zip file and lookups from the installed collection: all of that is told apart by the end of the
    path and mapped to the checkout when the session `coverage` combines it.
    """
    data = COVERAGE / session.name
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    settings = COVERAGE / f"{session.name}.ini"
    settings.write_text(
        f"[run]\nparallel = true\nconcurrency = multiprocessing,thread\npatch = _exit,fork\n"
        f"data_file = {data / '.coverage'}\n"
        f"include =\n  {ROOT}/plugins/*\n  {ROOT}/extensions/*\n"
        "  */ansible_collections/idops/sailpoint/plugins/*\n  */ansible_collections/idops/sailpoint/extensions/*\n"
        "omit = */__init__.py\n"  # Ansible makes them up in a module's zip file; the collection has none
        "disable_warnings = no-data-collected,module-not-measured,module-not-imported,couldnt-parse,no-sysmon\n",
        encoding="utf-8",
    )
    env = {"COVERAGE_PROCESS_START": str(settings)}
    if _minor(NEWEST.python) >= 12:
        # Costs a playbook a third of its time; the tracer, and branches with it, would more than double it.
        env["COVERAGE_CORE"] = "sysmon"
    return env


def pytest(
    session: nox.Session,
    core: pythons.Core,
    *arguments: str,
    extent: str = EXTENT,
    requirements: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
) -> None:
    """Runs pytest with the test requirements on a release of ansible-core, and keeps its result and its coverage."""
    for sentence in LEFT_OUT:
        session.log(sentence)
    files = [ROOT / "requirements.txt", REQUIREMENTS / "test.txt", *(REQUIREMENTS / name for name in requirements)]
    install(session, files, [core.requirement])
    RESULTS.mkdir(parents=True, exist_ok=True)
    report = RESULTS / f"{session.name}.xml"
    report.unlink(missing_ok=True)
    home = Path(session.create_tmp()).resolve() / "ansible"
    # ansible-core makes a socket in the folder for temporary files, whose path may have some hundred bytes at most.
    with TemporaryDirectory(prefix="sp-") as folder:
        env = {"ANSIBLE_HOME": str(home), **(env or {}), "TMPDIR": folder}
        if EVERYTHING:  # thorough tests install packages of their own
            env.update({name: value for name, value in _uv_environment(session).items() if name.startswith("UV_")})
        if EVERYTHING and core == NEWEST:  # on one core only: measuring adds a second to each playbook
            env.update(measured(session))
        words = [f"--junitxml={report}", f"--basetemp={folder}/t", "-m", extent, *arguments, *session.posargs]
        session.run("python", "-m", "pytest", *words, env=env)


@nox.session(python=NEWEST.python)
def lint(session: nox.Session) -> None:
    """Style, types, documentation, licences and changelog"""
    files = [ROOT / "requirements.txt", REQUIREMENTS / "lint.txt", REQUIREMENTS / "simulator.txt"]
    install(session, files, [NEWEST.requirement])
    with collection.copied() as copy:
        tree = str(copy.parents[2])
        home = Path(session.create_tmp()).resolve() / "home"
        home.mkdir(exist_ok=True)
        env = {"ANSIBLE_COLLECTIONS_PATH": tree, "HOME": str(home), "MYPYPATH": tree, "NO_COLOR": "1"}
        session.chdir(copy)
        checks: list[Sequence[str]] = [
            ("ruff", "check", "--no-cache"),
            ("ruff", "format", "--check", "--no-cache"),
            ("yamllint", "--strict", "."),
            ("antsibull-changelog", "lint"),
            ("reuse", "lint", "--lines"),
            ("antsibull-docs", "lint-collection-docs", "--plugin-docs", "."),
            ("ansible-lint", "--profile", "production", "--offline", "--strict"),
        ]
        failed = [" ".join(check) for check in checks if not _passes(session, check, env)]
        types = ("mypy", f"--config-file={copy / 'pyproject.toml'}", f"--cache-dir={CACHE / 'mypy'}")
        session.chdir(copy / "tests")
        own = ("tools", "simulator", "demo", "integration", "bench", "examples", "awx")
        if not _passes(session, (*types, *own), {**env, "MYPYPATH": str(copy / "tests")}):
            failed.append("mypy of the tests")
        session.chdir(tree)
        source = copy / "extensions" / "eda" / "plugins" / "event_source" / "task_status.py"
        for what in (("-p", "ansible_collections.idops.sailpoint.plugins.module_utils"), (str(source),)):
            if not _passes(session, (*types, *what), env):
                failed.append(f"mypy of {what[-1]}")
        session.chdir(ROOT)
    if failed:
        session.warn("These checks found something: " + "; ".join(failed))
        raise nox.command.CommandFailed


@nox.session(python=NEWEST.python)
def docs(session: nox.Session) -> None:
    """The documentation site, from the guides and the plugins' own documentation"""
    install(session, [ROOT / "requirements.txt", REQUIREMENTS / "docs.txt"], [NEWEST.requirement])
    site = BUILD / "docs"
    shutil.rmtree(site, ignore_errors=True)
    with collection.copied() as copy:
        home = Path(session.create_tmp()).resolve() / "ansible"
        env = {"ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2]), "ANSIBLE_HOME": str(home), "NO_COLOR": "1"}
        sources = str(copy / "docs")
        reference = ("antsibull-docs", "collection", "--use-current", "--no-indexes", "--fail-on-error")
        session.run(*reference, f"--dest-dir={sources}", "idops.sailpoint", env=env)
        sphinx = ("sphinx-build", "--builder=html", "--fail-on-warning", "--keep-going", "--quiet")
        session.run(*sphinx, f"--conf-dir={copy / 'docs' / 'docsite'}", sources, str(site), *session.posargs, env=env)
    session.log(f"The site is {site / 'index.html'}")


@nox.session(python=NEWEST.python)
def importer(session: nox.Session) -> None:
    """What Galaxy's importer says of the artifact: an error or a warning fails"""
    install(session, [REQUIREMENTS / "importer.txt"], [NEWEST.requirement])
    with TemporaryDirectory(prefix="sp-") as folder:
        settings = Path(folder) / "galaxy-importer.cfg"
        settings.write_text(
            "[galaxy-importer]\nRUN_ANSIBLE_TEST = False\nCHECK_REQUIRED_TAGS = True\n", encoding="ascii"
        )
        env = {
            "ANSIBLE_HOME": str(Path(folder) / "ansible"),
            "GALAXY_IMPORTER_CONFIG": str(settings),
            "HOME": folder,
            "NO_COLOR": "1",
        }
        session.run("ansible-galaxy", "collection", "build", "--output-path", folder, env=env, silent=True)
        (artifact,) = Path(folder).glob("*.tar.gz")
        session.chdir(folder)  # it leaves a file
        said = str(session.run("python", "-m", "galaxy_importer.main", str(artifact), env=env, silent=True))
        session.chdir(ROOT)
    print(said)
    complaints = [line for line in said.splitlines() if line.startswith(("ERROR", "WARNING", "CRITICAL"))]
    if complaints or "Importer processing completed successfully" not in said:
        session.error(f"galaxy-importer has {len(complaints)} complaints")


@nox.session(name="format", python=NEWEST.python)
def reformat(session: nox.Session) -> None:
    """Brings the Python files into the form that lint wants, where a tool can"""
    install(session, [REQUIREMENTS / "ruff.txt"])
    session.run("ruff", "check", "--fix", "--exit-zero", "--no-cache", *session.posargs)
    session.run("ruff", "format", "--no-cache", *session.posargs)


def _passes(session: nox.Session, command: Sequence[str], env: dict[str, str]) -> bool:
    """Runs one check; the others follow even if it fails, so that one run tells all."""
    try:
        session.run(*command, env=env)
    except nox.command.CommandFailed:
        return False
    return True


def run_ansible_test(session: nox.Session, core: pythons.Core, *arguments: str) -> None:
    """Runs ansible-test of a release of ansible-core on a copy of the collection, with a home of its own."""
    install(session, [REQUIREMENTS / "sanity.txt"], [core.requirement])
    home = CACHE / f"ansible-test-{core.release}"
    ansible_test.prepare_home(home, Path(session.virtualenv.location) / "bin" / "python")
    with collection.copied() as copy:
        session.chdir(copy)
        path = os.pathsep.join([str(LINKS), session.bin, os.environ["PATH"]])
        env = {"HOME": str(home), "PATH": path}
        session.run("ansible-test", *arguments, "--color", "no", *session.posargs, env=env)
        session.chdir(ROOT)


def sanity_of(session: nox.Session, core: pythons.Core) -> None:
    """ansible-test sanity, without an ignore file"""
    ignored = sorted((ROOT / "tests" / "sanity").glob("ignore*"))
    if ignored:
        session.error(f"The sanity tests are to pass without {ignored[0].relative_to(ROOT)}")
    run_ansible_test(session, core, "sanity", "--local", "--requirements")


def nodes_of(session: nox.Session, core: pythons.Core) -> None:
    """Unit tests of modules and module_utils, on the oldest Python of a managed node"""
    tests = [f"tests/unit/plugins/{kind}/" for kind in ("module_utils", "modules")]
    targets = [path for path in tests if any((ROOT / path).glob("test_*.py"))]
    run_ansible_test(session, core, "units", "--venv", "--requirements", "--python", min(PYTHONS, key=_minor), *targets)


def unit_of(session: nox.Session, core: pythons.Core) -> None:
    """Unit tests"""
    # What does not run on ansible-core is the same on each release of it.
    places = (
        ["tests/unit"] if EVERYTHING or core == NEWEST else ["tests/unit/plugins", "tests/unit/test_consistency.py"]
    )
    pytest(session, core, *places)


def faults_of(session: nox.Session, core: pythons.Core) -> None:
    """Faults, races, interruptions, secrets and odd machines, against the simulated tenant; and fuzzing"""
    pytest(session, core, "tests/faults", "tests/surroundings", "tests/fuzz")


def awx_of(session: nox.Session, core: pythons.Core) -> None:
    """AWX's configuration, engine and execution environment, and scheduling without it"""
    install(
        session, [ROOT / "requirements.txt", REQUIREMENTS / "test.txt", REQUIREMENTS / "awx.txt"], [core.requirement]
    )
    awx = CACHE / "awx"
    # By nox's own Python, which has pip.
    session.run(sys.executable, str(ROOT / "tests" / "awx" / "fetch_awx_collection.py"), str(awx), external=True)
    workers = min(2, os.cpu_count() or 1)
    arguments = (f"--numprocesses={workers}", "--dist=loadfile", "tests/awx")
    pytest(session, core, *arguments, requirements=["awx.txt"], env={"AWX_COLLECTION": str(awx)})


def eda_of(session: nox.Session, core: pythons.Core) -> None:
    """The event source and the rulebooks, in a real ansible-rulebook where there is Java 17"""
    pytest(session, core, "tests/eda", requirements=["eda.txt"])


def browser_of(session: nox.Session, core: pythons.Core) -> None:
    """The report in a real Chromium, where there is one"""
    pytest(session, core, "tests/browser")


def examples_of(session: nox.Session, core: pythons.Core) -> None:
    """The worked examples of the architecture page, done in a copy"""
    workers = min(4, os.cpu_count() or 1)
    pytest(session, core, f"--numprocesses={workers}", "--dist=worksteal", "tests/examples")


def integration_of(session: nox.Session, core: pythons.Core) -> None:
    """Playbooks run for real, from the built and installed artifact, against the simulated tenant"""
    workers = min(4, os.cpu_count() or 1)
    arguments = [f"--numprocesses={workers}", "--dist=worksteal", "tests/integration"]
    if core == NEWEST:
        pytest(session, core, *arguments)
    else:
        # What differs between the API's generations, and between the ways that a module runs in, does not differ
        # between releases of ansible-core.
        pytest(
            session,
            core,
            *arguments,
            "--generation=v2024",
            extent="not both_ways" if EVERYTHING else f"core and {EXTENT}",
        )


SANITY = per_core("sanity", CORES[::-1], sanity_of)
UNIT = per_core("unit", ENDS, unit_of)
INTEGRATION = per_core("integration", ENDS, integration_of)
FAULTS = per_core("faults", [NEWEST], faults_of)
AWX = per_core("awx", [NEWEST], awx_of)
EDA = per_core("eda", [NEWEST], eda_of)
BROWSER = per_core("browser", [NEWEST], browser_of)
EXAMPLES = per_core("examples", [NEWEST], examples_of)
# Where there is no Python older than those that the other sessions use, these have it all.
NODES = per_core("nodes", [NEWEST], nodes_of) if min(PYTHONS, key=_minor) not in (OLDEST.python, NEWEST.python) else []


#: What runs the plugins, so that its coverage counts.
MEASURED = [INTEGRATION[0], UNIT[0], FAULTS[0], EDA[0]]


@nox.session(python=NEWEST.python, requires=MEASURED)
def coverage(session: nox.Session) -> None:
    """The plugins' coverage by all tests that run them, together"""
    install(session, [REQUIREMENTS / "coverage.txt"])
    settings = COVERAGE / "coverage.ini"
    settings.write_text(
        f"[run]\ndata_file = {COVERAGE / '.coverage'}\nrelative_files = true\n"
        f"[paths]\nsource =\n  {ROOT}/\n  */ansible_collections/idops/sailpoint/\n"
        "[report]\nomit = */__init__.py\nshow_missing = true\nskip_covered = true\nskip_empty = true\n"
        "exclude_also =\n  if TYPE_CHECKING:\n  @(abc\\.)?abstractmethod\n",
        encoding="utf-8",
    )
    option = f"--rcfile={settings}"
    data = [str(COVERAGE / name) for name in MEASURED]
    if not EVERYTHING:
        session.error("Only sessions that leave nothing out measure it; make coverage makes them do so")
    session.run("coverage", "combine", option, "--keep", "--quiet", *data)
    session.run("coverage", "report", option, "--fail-under=95", *session.posargs)


@nox.session(python=NEWEST.python)
def demo(session: nox.Session) -> None:
    """A look at the collection at work, on a simulated tenant"""
    install(session, [ROOT / "requirements.txt", REQUIREMENTS / "simulator.txt"], [NEWEST.requirement])
    env = {"ANSIBLE_HOME": str(Path(session.create_tmp()).resolve() / "ansible")}
    session.run("python", str(ROOT / "tests" / "demo" / "run.py"), *session.posargs, env=env)


@nox.session(python=NEWEST.python)
def screenshots(session: nox.Session) -> None:
    """The pictures of the documentation, taken anew"""
    install(session, [ROOT / "requirements.txt", REQUIREMENTS / "test.txt"], [NEWEST.requirement])
    session.run("python", str(ROOT / "tests" / "screenshots" / "run.py"), str(ROOT / "docs" / "images"))


@nox.session(python=NEWEST.python)
def bench(session: nox.Session) -> None:
    """What the collection costs, against the floor, the vendor's SDK and Ansible's own modules"""
    install(session, [ROOT / "requirements.txt", REQUIREMENTS / "test.txt"], [NEWEST.requirement])
    session.run("python", str(ROOT / "tests" / "bench" / "run.py"), *session.posargs)


@nox.session(python=NEWEST.python)
def soak(session: nox.Session) -> None:
    """Minutes of random faults, four runs side by side, and then whether every claim agrees with the tenant"""
    install(session, [ROOT / "requirements.txt", REQUIREMENTS / "test.txt"], [NEWEST.requirement])
    session.run("python", str(ROOT / "tests" / "soak" / "run.py"), *session.posargs)


@nox.session(python=NEWEST.python)
def mutation(session: nox.Session) -> None:
    """Whether the unit tests hold the rules: each small change of the code that decides, reads and tells is found"""
    _mutate(session, *session.posargs)


@nox.session(python=NEWEST.python)
def rules(session: nox.Session) -> None:
    """The quick part of it: each of a table of deliberate faults is found"""
    _mutate(session, "--faults")


def _mutate(session: nox.Session, *arguments: str) -> None:
    install(session, [ROOT / "requirements.txt", REQUIREMENTS / "mutation.txt"], [NEWEST.requirement])
    env = {"ANSIBLE_HOME": str(Path(session.create_tmp()).resolve() / "ansible")}
    session.run("python", str(ROOT / "tests" / "mutation" / "run.py"), *arguments, env=env)


#: What lasts, and what waits much, comes first, so that no processor is idle at the end.
TESTS = [INTEGRATION[0], *FAULTS, *UNIT, "lint", *INTEGRATION[1:]]
RELEASE = [INTEGRATION[0], *FAULTS, *AWX, *EDA, *SANITY, *NODES, *UNIT, *EXAMPLES, "rules", "lint", "docs", "importer"]
RELEASE += [*BROWSER, *INTEGRATION[1:], "coverage"]
nox.options.sessions = RELEASE if EVERYTHING else TESTS
